// Every rendering that ci/ has values for, taken by a real API server: schemas, defaulting, validation, CEL.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNamespace, kubectl, tryKubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { CHART, CI_VALUES, ciValuesFile, helm, helmPrograms, ROOT } from "../helm.ts";
import { isHook, type KubeObject, parseObjects } from "../rendered.ts";
import { inventory } from "./inventory.ts";

const CRDS = join(import.meta.dirname, "../crds");
const DRY_RUN = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];

let plane: ControlPlane;
/** Hooks of `helm test` included. */
const rendered = new Map<string, readonly KubeObject[]>();

beforeAll(async () => {
  plane = await startControlPlane();
  const { access } = plane;
  await kubectl(access, ["apply", "-f", CRDS]);
  await kubectl(access, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  for (const name of CI_VALUES) {
    const values = ["--kube-version", access.kubeVersion, "--values", ciValuesFile(name)];
    const { stdout } = await helm(["template", "kata-thp", CHART, "--namespace", "kata-thp", ...values]);
    rendered.set(name, parseObjects(stdout));
  }
  const namespaces = [...rendered.values()].flat().flatMap(({ metadata }) => metadata.namespace ?? []);
  for (const namespace of new Set(namespaces)) await createNamespace(access, namespace);
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

describe("the API server takes", () => {
  it.each(CI_VALUES)("%s-values.yaml", async (name) => {
    const objects = rendered.get(name) ?? [];
    const { stdout, stderr } = await kubectl(plane.access, DRY_RUN, { input: list(objects) });

    expect(stderr).toBe("");
    expect(stdout.match(/serverside-applied|server dry run/g)?.length).toBeGreaterThanOrEqual(objects.length);
    expect(objects.filter(isHook)).toHaveLength(5);
  });
});

describe("Pod Security's restricted profile", () => {
  const NAMESPACE = "kata-thp-restricted";
  beforeAll(async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await createNamespace(plane.access, NAMESPACE, labels);
  });
  /** What is said to the pods that a rendering makes: the Deployment's, and that of helm test. */
  const admit = async (name: string): Promise<string> => {
    const specs = (rendered.get(name) ?? []).flatMap(({ kind, spec }) =>
      kind === "Deployment" ? [spec.template.spec] : kind === "Pod" ? [spec] : [],
    );
    const pods = specs.map((spec, index) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${index}`, namespace: NAMESPACE },
      spec,
    }));
    expect(pods).toHaveLength(2);
    const { stderr } = await tryKubectl(plane.access, ["create", "--dry-run=server", "-f", "-"], { input: list(pods) });
    return stderr;
  };

  it.each(CI_VALUES.filter((name) => name !== "host-network"))("admits the pods of %s-values.yaml", async (name) => {
    expect(await admit(name)).toBe("");
  });

  it("forbids the host's network alone of what the chart can set", async () => {
    const said = await admit("host-network");
    expect(said).toContain('violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), hostPort');
    expect(said.match(/violates PodSecurity/g)).toHaveLength(1);
  });
});

describe("the check itself can fail:", () => {
  it.each([
    ["an unknown field of a Deployment", "Deployment", (object: KubeObject) => (object["spec"].replica = 2)],
    ["an unknown field of a ServiceMonitor", "ServiceMonitor", (object: KubeObject) => (object["spec"].endpoint = [])],
    [
      "a matchCondition that is no CEL",
      "MutatingWebhookConfiguration",
      (object: KubeObject) => (object["webhooks"][0].matchConditions[0].expression = "has(object.spec."),
    ],
  ])("%s is refused", async (_, kind, spoil) => {
    const object = structuredClone(rendered.get("production")?.find((each) => each.kind === kind)) as KubeObject;
    spoil(object);
    const { exitCode, stderr } = await tryKubectl(plane.access, DRY_RUN, { input: object });

    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/unknown|\.spec\.|invalid/i);
  });
});

describe("deploy/manifests", () => {
  const MANIFESTS = join(ROOT, "deploy/manifests/kata-thp-webhook.yaml");
  it("are applied, applied again without touching what the webhook filled in, and deleted", async () => {
    const before = await inventory(plane.access);
    await kubectl(plane.access, ["apply", "-f", MANIFESTS]);
    const webhooks = ["enforce", "observe"].map((mode) => ({
      name: `${mode}.kata-thp.dev`,
      clientConfig: { caBundle: "Yg==" },
    }));
    const patch = JSON.stringify({ webhooks });
    await kubectl(plane.access, ["patch", "mutatingwebhookconfiguration", "kata-thp-webhook", "-p", patch]);
    await kubectl(plane.access, [
      "patch",
      "secret",
      "kata-thp-webhook-ca",
      "-n",
      "kata-thp",
      "-p",
      '{"data":{"a":"Yg=="}}',
    ]);

    await kubectl(plane.access, ["apply", "-f", MANIFESTS]);
    expect(await filledIn()).toBe('Yg== Yg== {"a":"Yg=="}');

    // The namespace itself would need a controller to go.
    const objects = parseObjects(await readFile(MANIFESTS, "utf8")).filter(({ kind }) => kind !== "Namespace");
    await kubectl(plane.access, ["delete", "-f", "-"], { input: list(objects) });
    expect((await inventory(plane.access)).filter((line) => !before.includes(line))).toEqual([]);
  }, 60_000);
});

describe.each(helmPrograms())("NOTES.txt with $name", (program) => {
  const notes = async (name: string): Promise<string> => {
    const { stdout } = await helm(
      ["install", "kata-thp", CHART, "-n", "kata-thp", "--dry-run=client", "--values", ciValuesFile(name)],
      { program, kubeconfigPath: plane.access.kubeconfigPath },
    );
    return stdout.slice(stdout.indexOf("NOTES:")).trim();
  };

  it("say what to label, and what the default policy does", async () => {
    const text = await notes("default");
    expect(text).toContain("kubectl label namespace NAMESPACE kata-thp.dev/mode=observe");
    expect(text).toContain("kata-clh: pods are patched in the first way that this cluster's Kata is known to take");
    expect(text).toContain("kata-thp.dev/variant-of: kata-clh");
    expect(text).toContain("helm test kata-thp --namespace kata-thp");
    expect(text).not.toContain("WARNING");
  });

  it("say it for every target, and what is dangerous", async () => {
    const text = await notes("policy");
    expect(text).toContain("kata-clh: pods move to kata-clh-thp");
    expect(text).toContain("trust: operator");
    expect(text).toMatch(/kata-old: pods are annotated io\.katacontainers\.config_path: \/opt\/kata\/\S+-thp\.toml/);
    expect(text).toContain("kata-own: pods are annotated shared_fs: none; no released Kata takes that");
    expect(text).toContain("WARNING: dangerouslyAllow lets pods through that can lose data: HostPathFile");
    expect(text).toContain("Only 50 percent of the workloads take part");
  });

  it("warn of Fail, with the way out", async () => {
    expect(await notes("production")).toContain("kubectl delete mutatingwebhookconfiguration kata-thp-webhook");
  });
});

function list(objects: readonly KubeObject[]): object {
  return { apiVersion: "v1", kind: "List", items: objects };
}

/** What the webhook filled in: the bundles of both entries, and the Secret's data. */
async function filledIn(): Promise<string> {
  const path = "jsonpath={.webhooks[*].clientConfig.caBundle}{.data}";
  const objects = ["mutatingwebhookconfiguration/kata-thp-webhook", "secret/kata-thp-webhook-ca"];
  const answers = objects.map(async (object) => kubectl(plane.access, ["get", object, "-n", "kata-thp", "-o", path]));
  return (await Promise.all(answers)).map(({ stdout }) => stdout).join(" ");
}
