import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { RESOURCES } from "../../src/cluster/rights.ts";
import { MODES } from "../../src/engine/facts.ts";
import { MODE_LABEL } from "../../src/engine/status.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { CI_VALUES, helm, helmPrograms, TEMPLATE_ARGS } from "./helm.ts";
import { isHook, type KubeObject, ofKind, only, render } from "./rendered.ts";

const run = promisify(execFile);

describe.each(helmPrograms())("the default render of $name", (program) => {
  it("is what it was", async () => {
    const { stdout } = await helm(TEMPLATE_ARGS, { program });
    // Helm 4 ends each document with a blank line, and helm 3 does not.
    await expect(stdout.replaceAll(/\n+---\n/g, "\n---\n").trim()).toMatchFileSnapshot("default-render.txt");
  });
});

describe("the webhook configuration", () => {
  it("has one entry for each mode, which differ in mode and path alone", async () => {
    const { webhooks } = only(await render(), "MutatingWebhookConfiguration");

    expect(webhooks.map(({ name }: { name: string }) => name)).toEqual(MODES.map((mode) => `${mode}.kata-thp.dev`));
    const [enforce, observe] = webhooks.map((entry: object) => JSON.stringify(entry));
    expect(observe).toBe(enforce.replaceAll("enforce", "observe"));
    expect(webhooks[0].namespaceSelector.matchExpressions[0]).toEqual({
      key: MODE_LABEL,
      operator: "In",
      values: ["enforce"],
    });
  });

  it("never refuses what is only observed", async () => {
    const { webhooks } = only(await render({ webhook: { failurePolicy: "Fail" } }), "MutatingWebhookConfiguration");
    expect(webhooks.map((entry: KubeObject) => entry["failurePolicy"])).toEqual(["Fail", "Ignore"]);
  });

  it("leaves out kube-system, its own namespace and those of the values, each once", async () => {
    const values = { webhook: { excludedNamespaces: ["backup", "kube-system"] } };
    const { webhooks } = only(await render(values), "MutatingWebhookConfiguration");
    for (const { namespaceSelector } of webhooks) {
      expect(namespaceSelector.matchExpressions[1]).toEqual({
        key: "kubernetes.io/metadata.name",
        operator: "NotIn",
        values: ["kube-system", "kata-thp", "backup"],
      });
    }
  });

  it.each([
    ["default", undefined],
    ["cert-manager", undefined],
    ["injected-secret", undefined],
    ["secret", "-----BEGIN CERTIFICATE-----"],
  ])("with %s-values.yaml has the caBundle %s", async (name, begin) => {
    const { webhooks } = only(await render(name), "MutatingWebhookConfiguration");
    for (const { clientConfig } of webhooks) {
      const { caBundle } = clientConfig as { caBundle?: string };
      expect(caBundle && Buffer.from(caBundle, "base64").toString().split("\n")[0]).toBe(begin);
    }
  });
});

describe("the rights", () => {
  it("are exactly those that the server uses", async () => {
    const { rules } = only(await render(), "ClusterRole");
    const wanted = Object.entries(RESOURCES).map(([resource, { group, verbs }]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [...verbs],
    }));
    expect(rules.slice(0, -1).toSorted(byName)).toEqual(wanted.toSorted(byName));
    expect(rules.at(-1)).toEqual({
      apiGroups: ["admissionregistration.k8s.io"],
      resources: ["mutatingwebhookconfigurations"],
      resourceNames: ["kata-thp-webhook"],
      verbs: ["get", "patch"],
    });
  });

  it("reach one Secret by its name, and none where the certificate comes from files", async () => {
    const rules = only(await render(), "Role")["rules"];
    expect(rules).toEqual([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["kata-thp-webhook-ca"],
        verbs: ["get", "update", "patch", "create"],
      },
    ]);
    for (const name of ["cert-manager", "secret"]) {
      const objects = await render(name);
      expect(ofKind(objects, "Role")).toEqual([]);
      expect(only(objects, "ClusterRole")["rules"].at(-1).verbs).toEqual(["get"]);
    }
  });

  it("of helm test are to create pods in the test's own namespace", async () => {
    const hooks = (await render()).filter(isHook);
    const namespace = hooks.find(({ kind }) => kind === "Namespace")?.metadata.name;
    const roles = hooks.filter(({ kind }) => kind.endsWith("Role"));
    expect(roles).toHaveLength(1);
    expect(roles[0]).toMatchObject({
      kind: "Role",
      metadata: { namespace },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }],
    });
  });
});

describe("the pods", () => {
  it.each([
    ["128Mi", 64],
    ["256Mi", 128],
    ["1Gi", 512],
  ])("with a limit of %s have a heap of %i MiB", async (memory, heap) => {
    const { spec } = only(await render({ resources: { limits: { memory } } }), "Deployment");
    const [container] = spec.template.spec.containers;
    expect(container.resources.limits.memory).toBe(memory);
    expect(container.env[0].value.split(" ")).toContain(`--max-old-space-size=${heap}`);
  });

  it("have options that Node takes, and that give the heap that they say", async () => {
    const { spec } = only(await render(), "Deployment");
    const options = spec.template.spec.containers[0].env[0];
    expect(options.name).toBe("NODE_OPTIONS");
    const script = "console.log(v8.getHeapStatistics().heap_size_limit / 2 ** 20)";
    const { stdout } = await run(process.execPath, ["--eval", script], { env: { NODE_OPTIONS: options.value } });
    // V8 adds three semi-spaces to the old generation.
    expect(Number(stdout)).toBe(192 + 3 * 4);
  });

  it("get a grace that covers the drain and what is under way after it", async () => {
    const { spec } = only(await render({ server: { drainDelaySeconds: 40 } }), "Deployment");
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(60);
  });

  it("have a disruption budget where there is more than one", async () => {
    expect(ofKind(await render({ replicaCount: 1 }), "PodDisruptionBudget")).toEqual([]);
    expect(ofKind(await render({ podDisruptionBudget: { enabled: false } }), "PodDisruptionBudget")).toEqual([]);
    expect(only(await render({ replicaCount: 2 }), "PodDisruptionBudget").spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });

  it("restart when the policy changes, and not when something else does", async () => {
    const before = await policyChecksum({});
    expect(await policyChecksum({ replicaCount: 3 })).toBe(before);
    expect(await policyChecksum({ policy: { rollout: { percent: 10 } } })).not.toBe(before);
  });

  it("spread by the release's labels where the constraint names none", async () => {
    const constraint = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" };
    const own = { ...constraint, labelSelector: { matchLabels: { a: "b" } } };
    const { spec } = only(await render({ topologySpreadConstraints: [constraint, own] }), "Deployment");
    const labels = { "app.kubernetes.io/name": "kata-thp-webhook", "app.kubernetes.io/instance": "kata-thp" };
    expect(spec.template.spec.topologySpreadConstraints).toEqual([
      { ...constraint, labelSelector: { matchLabels: labels } },
      own,
    ]);
  });
});

describe("labels and annotations of the values", () => {
  it("take the place of the chart's own, and no key stands twice", async () => {
    const labels = { "app.kubernetes.io/managed-by": "argo", team: "a" };
    const objects = await render({
      podLabels: labels,
      podAnnotations: { "checksum/policy": "mine", note: "b" },
      webhook: { annotations: { "admissions.enforcer/disabled": "false" } },
      serviceMonitor: { enabled: true, labels },
      prometheusRule: { enabled: true, labels },
      dashboard: { enabled: true, labels },
    });

    for (const kind of ["ServiceMonitor", "PrometheusRule"])
      expect(only(objects, kind).metadata.labels).toMatchObject(labels);
    const pod = only(objects, "Deployment").spec.template.metadata;
    expect(pod.labels).toMatchObject({ ...labels, "app.kubernetes.io/name": "kata-thp-webhook" });
    // Else a changed policy would restart no pod.
    expect(pod.annotations).toMatchObject({ "checksum/policy": expect.stringMatching(/^[0-9a-f]{64}$/), note: "b" });
    const { annotations } = only(objects, "MutatingWebhookConfiguration").metadata;
    expect(annotations?.["admissions.enforcer/disabled"]).toBe("false");
  });
});

describe("the NetworkPolicy", () => {
  const CONTROL_PLANE = [{ ipBlock: { cidr: "192.0.2.0/28" } }];
  const MONITORING = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }];

  it.each([
    ["everyone to both ports where nobody is named", {}, [undefined, undefined]],
    ["reviews from those alone who are named", { reviewsFrom: CONTROL_PLANE }, [CONTROL_PLANE, undefined]],
    ["scrapes from those alone who are named", { metricsFrom: MONITORING }, [undefined, MONITORING]],
  ])("lets in %s", async (_, from, wanted) => {
    const { ingress } = only(await render({ networkPolicy: { enabled: true, ...from } }), "NetworkPolicy").spec;
    const ports = ["https", "metrics"].map((port) => [{ port, protocol: "TCP" }]);
    expect(ingress).toEqual(
      ports.map((port, index) => ({ ports: port, ...(wanted[index] && { from: wanted[index] }) })),
    );
  });
});

describe.each(CI_VALUES)("with %s-values.yaml", (name) => {
  it("the Service selects the webhook's pods, and neither it nor the budget the pod of helm test", async () => {
    const objects = await render(name);
    const labels = only(objects, "Deployment").spec.template.metadata.labels;
    const test = objects.find((object) => isHook(object) && object.kind === "Pod")?.metadata.labels ?? {};
    const selector = Object.entries(only(objects, "Service").spec.selector);
    expect(selector.every(([key, value]) => labels[key] === value)).toBe(true);
    expect(selector.every(([key, value]) => test[key] === value)).toBe(false);
  });

  it("the policy arrives as the server reads it", async () => {
    const maps = ofKind(await render(name), "ConfigMap").filter(({ metadata }) => metadata.name.endsWith("-policy"));
    expect(maps).toHaveLength(1);
    expect(parsePolicy(maps[0]?.["data"]["policy.yaml"], "policy.yaml")).toMatchObject({ kind: "policy" });
  });

  it("no Secret has data, so that nobody fights over it", async () => {
    for (const secret of ofKind(await render(name), "Secret")) {
      expect([secret["data"], secret["stringData"]]).toEqual([undefined, undefined]);
    }
  });
});

async function policyChecksum(values: object): Promise<string> {
  return only(await render(values), "Deployment").spec.template.metadata.annotations["checksum/policy"];
}

function byName(a: { readonly resources: readonly string[] }, b: { readonly resources: readonly string[] }): number {
  return String(a.resources).localeCompare(String(b.resources));
}

describe("client verification", () => {
  it("is mounted as a whole folder, and its flags name what is there", async () => {
    const { template } = only(await render("client-ca"), "Deployment").spec;
    const [container] = template.spec.containers;
    expect(container.args).toEqual(
      expect.arrayContaining([
        "--tls-min-version=1.3",
        "--client-ca=/client-ca/ca.crt",
        "--client-name=kube-apiserver-webhook-client",
        "--client-name=system:kube-apiserver",
      ]),
    );
    expect(container.volumeMounts).toContainEqual({ name: "client-ca", mountPath: "/client-ca", readOnly: true });
    const items = [{ key: "ca-bundle.pem", path: "ca.crt" }];
    expect(template.spec.volumes).toContainEqual({
      name: "client-ca",
      configMap: { name: "webhook-client-ca", items },
    });
    const bySecret = only(await render({ tls: { clientCA: { secret: "s" } } }), "Deployment").spec.template.spec;
    const secret = { secretName: "s", items: [{ key: "ca.crt", path: "ca.crt" }] };
    expect(bySecret.volumes).toContainEqual({ name: "client-ca", secret });
  });

  it("is off by default", async () => {
    const { stdout } = await helm(TEMPLATE_ARGS);
    expect(stdout).not.toMatch(/client-ca|client-name|tls-min-version/);
  });
});
