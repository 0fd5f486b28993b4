// install, upgrade, rollback, test and uninstall on a real API server with controllers; kwok stands for the kubelet.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { createNamespace, kubectl, tryKubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { CHART, helm, helmPrograms, type HelmResult } from "../helm.ts";
import type { KubeObject } from "../rendered.ts";
import { inventory } from "./inventory.ts";

const NAME = "kata-thp-webhook";
const CA_BUNDLE = Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").toString("base64");

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ withControllers: ["controller-manager", "scheduler", "kwok"] });
  const labels = { "kubernetes.io/hostname": "node-1", "katacontainers.io/kata-runtime": "true" };
  await apply({ apiVersion: "v1", kind: "Node", metadata: { name: "node-1", labels } });
  await kubectl(plane.access, ["wait", "--for=condition=Ready", "node/node-1", "--timeout=30s"]);
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

describe.each(helmPrograms())("$name", (program) => {
  const namespace = program.name.replace(" ", "-");
  /** What the webhook's own ServiceAccount may do, and nothing else. */
  let webhook: string;
  let before: readonly string[];

  beforeAll(async () => {
    await createNamespace(plane.access, namespace);
    await kubectl(plane.access, ["wait", "--for=create", "configmap/kube-root-ca.crt", "-n", namespace]);
    webhook = await kubeconfigFor(plane.access, {
      user: `system:serviceaccount:${namespace}:${NAME}`,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    });
    before = await inventory(plane.access);
  });

  const release = async (args: readonly string[], values?: object): Promise<HelmResult> =>
    helm([...args, "--namespace", namespace], {
      program,
      kubeconfigPath: plane.access.kubeconfigPath,
      ...(values === undefined ? {} : { values }),
    });
  const live = async (kind: string): Promise<KubeObject> => get(kind, NAME, namespace);
  /** The server's half of the two objects, as it writes them: by its own rights, and by another hand than helm's. */
  const fillIn = async (): Promise<void> => {
    const entries = [0, 1].map((index) => ({
      op: "add",
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: CA_BUNDLE,
    }));
    await kubectl(
      plane.access,
      ["patch", "mutatingwebhookconfiguration", NAME, "--type=json", "-p", JSON.stringify(entries)],
      { kubeconfigPath: webhook },
    );
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${NAME}-ca`, namespace },
      data: { a: "Yg==" },
    };
    await kubectl(plane.access, ["apply", "--server-side", "--field-manager=kata-thp", "-f", "-"], {
      kubeconfigPath: webhook,
      input: secret,
    });
  };
  const filledIn = async (): Promise<unknown> => {
    const { webhooks } = await live("mutatingwebhookconfiguration");
    const bundles = webhooks.map(({ clientConfig }: KubeObject) => clientConfig.caBundle);
    return [...bundles, (await get("secret", `${NAME}-ca`, namespace))["data"]];
  };
  const kept = [CA_BUNDLE, CA_BUNDLE, { a: "Yg==" }];

  it("installs with default values, and all pods become ready", async () => {
    await release(["install", "kata-thp", CHART, "--wait", "--timeout=60s"]);

    const { status } = await live("deployment");
    expect(status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
    expect((await get("secret", `${NAME}-ca`, namespace))["data"]).toBeUndefined();
  }, 60_000);

  it("gives the webhook the rights that it needs, and no others", async () => {
    await fillIn();
    expect(await filledIn()).toEqual(kept);

    const may = mayOf(webhook);
    expect(await may("watch", "nodes")).toBe("yes");
    expect(await may("list", "runtimeclasses.node.k8s.io")).toBe("yes");
    expect(await may("get", "persistentvolumeclaims/data", "-n", "default")).toBe("yes");
    expect(await may("list", "persistentvolumeclaims", "-n", "default")).toBe("no");
    expect(await may("get", "pods", "-n", namespace)).toBe("no");
    expect(await may("get", "secrets/another", "-n", namespace)).toBe("no");
    expect(await may("delete", `secrets/${NAME}-ca`, "-n", namespace)).toBe("no");
    expect(await may("create", "secrets", "-n", namespace)).toBe("no");
    expect(await may("patch", "mutatingwebhookconfigurations/another")).toBe("no");
    expect(await may("update", `mutatingwebhookconfigurations/${NAME}`)).toBe("no");
  });

  it("upgrades to other values, and leaves the CA alone", async () => {
    const original = await live("deployment");
    await release(["upgrade", "kata-thp", CHART, "--wait", "--timeout=60s"], {
      replicaCount: 3,
      server: { port: 9443, logLevel: "debug" },
      webhook: { failurePolicy: "Fail", excludedNamespaces: ["backup"] },
      policy: { rollout: { percent: 10 } },
    });

    const { spec, status } = await live("deployment");
    expect(status).toMatchObject({ readyReplicas: 3, updatedReplicas: 3 });
    expect(spec.template.spec.containers[0].args).toContain("--log-level=debug");
    expect(spec.template.metadata.annotations).not.toEqual(original["spec"].template.metadata.annotations);
    const { webhooks } = await live("mutatingwebhookconfiguration");
    expect(webhooks[0].failurePolicy).toBe("Fail");
    expect(webhooks[0].namespaceSelector.matchExpressions[1].values).toContain("backup");
    expect(await filledIn()).toEqual(kept);

    await release(["rollback", "kata-thp", "1", "--wait", "--timeout=60s"]);
    expect((await live("deployment"))["spec"]).toEqual(original["spec"]);
    expect((await live("mutatingwebhookconfiguration"))["webhooks"][0].failurePolicy).toBe("Ignore");
    expect(await filledIn()).toEqual(kept);
  }, 120_000);

  it("goes on with a Secret that was deleted, and that the webhook made again", async () => {
    await kubectl(plane.access, ["delete", "secret", `${NAME}-ca`, "-n", namespace]);
    await fillIn();
    await release(["upgrade", "kata-thp", CHART, "--wait", "--timeout=60s"]);
    expect(await filledIn()).toEqual(kept);
  }, 60_000);

  it("tests, twice in a row, and removes what it made for it", async () => {
    const untested = await inventory(plane.access);
    for (let turn = 0; turn < 2; turn += 1) {
      const { stdout } = await release(["test", "kata-thp", "--timeout=60s"]);
      expect(stdout).toMatch(/Phase:\s+Succeeded/);
    }
    await expect.poll(async () => grown(untested, await inventory(plane.access)), POLL).toEqual([]);
  }, 120_000);

  it("says how to take away what a test left that was interrupted", async () => {
    const untested = await inventory(plane.access);
    const { stdout: hooks } = await release(["get", "hooks", "kata-thp"]);
    await kubectl(plane.access, ["create", "-f", "-"], { input: hooks });
    expect(grown(untested, await inventory(plane.access))).not.toEqual([]);

    const page = await readFile(`${import.meta.dirname}/../../../docs/operations.md`, "utf8");
    const commands = [...page.matchAll(/^kubectl (delete (?:namespace -l|pod,serviceaccount) .*)$/gm)];
    expect(commands).toHaveLength(2);
    for (const [, command = ""] of commands) {
      await kubectl(plane.access, command.replace("-n kata-thp", `-n ${namespace}`).split(" "));
    }
    await expect.poll(async () => grown(untested, await inventory(plane.access)), POLL).toEqual([]);
  }, 60_000);

  it("changes to certificates from files and back, with rights to match", async () => {
    const secret = {
      source: "secret",
      secretName: "mine",
      caBundle: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    };
    // certificate-source.test.ts says why.
    const force = program.name === "helm 4" ? ["--force-conflicts"] : [];
    await release(["upgrade", "kata-thp", CHART, ...force], { certificate: secret });
    expect((await tryKubectl(plane.access, ["get", "role", NAME, "-n", namespace])).exitCode).toBe(1);
    expect((await tryKubectl(plane.access, ["get", "secret", `${NAME}-ca`, "-n", namespace])).exitCode).toBe(1);

    await release(["upgrade", "kata-thp", CHART, "--reset-values", "--wait", "--timeout=60s"]);
    // The API server's authorizer learns of a changed role a moment after the role was changed.
    await expect.poll(async () => fillIn().then(() => "allowed", String), POLL).toBe("allowed");
    expect(await filledIn()).toEqual(kept);
  }, 60_000);

  it("uninstalls, and leaves nothing", async () => {
    await release(["uninstall", "kata-thp", "--wait", "--timeout=60s"]);
    await expect.poll(async () => grown(before, await inventory(plane.access)), POLL).toEqual([]);
    expect(before.filter((line) => !line.startsWith("Node "))).not.toEqual([]);
  }, 60_000);
});

const POLL = { timeout: 30_000, interval: 200 } as const;

function grown(before: readonly string[], after: readonly string[]): readonly string[] {
  return after.filter((line) => !before.includes(line));
}

async function get(kind: string, name: string, namespace: string): Promise<KubeObject> {
  const { stdout } = await kubectl(plane.access, ["get", kind, name, "-n", namespace, "-o", "json"]);
  return JSON.parse(stdout) as KubeObject;
}

async function apply(object: object): Promise<void> {
  await kubectl(plane.access, ["apply", "-f", "-"], { input: object });
}

/** What `kubectl auth can-i` says to a user: yes or no. */
function mayOf(kubeconfigPath: string): (...what: readonly string[]) => Promise<string> {
  return async (...what) =>
    (await tryKubectl(plane.access, ["auth", "can-i", ...what], { kubeconfigPath })).stdout.trim();
}
