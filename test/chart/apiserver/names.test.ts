// Names that YAML would read as something else, and names that no Service may have, taken by a real API server.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNamespace, kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { CHART, CI_VALUES, ciValuesFile, helm, helmPrograms, tryHelm } from "../helm.ts";
import { parseObjects } from "../rendered.ts";

const CRDS = join(import.meta.dirname, "../crds");
const NAMESPACE = "456";
/** Numbers wherever a name can be given. */
const NUMBERS = {
  nameOverride: "789",
  priorityClassName: "1e3",
  serviceAccount: { name: "12" },
  test: { runtimeClass: "0x1" },
  policy: { targets: [{ runtimeClass: "0x1" }] },
  webhook: { excludedNamespaces: ["0"] },
  tls: { clientCA: { configMap: "34", key: "56", names: ["78"] } },
  networkPolicy: { enabled: true },
  serviceMonitor: { enabled: true, labels: { release: "90" } },
  dashboard: { enabled: true },
};

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  await kubectl(plane.access, ["apply", "-f", CRDS]);
  await kubectl(plane.access, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  await createNamespace(plane.access, NAMESPACE);
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

/** What the API server says to all that a release makes, hooks included; the test's Namespace is not there yet. */
async function dryRun(release: string, args: readonly string[], values: object = {}): Promise<readonly string[]> {
  const version = ["--kube-version", plane.access.kubeVersion];
  const template = ["template", release, CHART, "--namespace", NAMESPACE, ...version, ...args];
  const objects = parseObjects((await helm(template, { values })).stdout);
  const items = objects.filter(({ metadata }) => !/-test-[0-9a-f]{10}$/.test(String(metadata.namespace)));
  const apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
  const { stdout } = await kubectl(plane.access, apply, { input: { apiVersion: "v1", kind: "List", items } });
  expect(stdout.trim().split("\n")).toHaveLength(items.length);
  return items.map(({ metadata }) => metadata.name);
}

describe("a release and a namespace that are numbers", () => {
  it.each(CI_VALUES)("are taken with %s-values.yaml", async (name) => {
    await dryRun("123", ["--values", ciValuesFile(name)]);
  });

  it.each(["self-signed", "cert-manager", "secret"])("are taken with numbers for all names, %s", async (source) => {
    const caBundle =
      source === "secret" ? { caBundle: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" } : {};
    await dryRun("123", [], { ...NUMBERS, certificate: { source, secretName: "5", ...caBundle } });
  });
});

describe("what objects are called", () => {
  it("begins with a letter and has no dot, as a Service's name must", async () => {
    expect(await dryRun("1.2", [])).toContain("kata-thp-1-2-kata-thp-webhook");
    expect(await dryRun("kata-thp-webhook.blue", [])).toContain("kata-thp-webhook-blue");
  });
});

describe.each(helmPrograms())("$name", (program) => {
  it.each(["123", "e1.5"])("installs and removes a release %s", async (release) => {
    const options = { program, kubeconfigPath: plane.access.kubeconfigPath };
    await helm(["install", release, CHART, "--namespace", NAMESPACE], options);
    await helm(["uninstall", release, "--namespace", NAMESPACE, "--wait", "--timeout=60s"], options);
  });

  it.each([{ nameOverride: "thp", fullnameOverride: "renamed-kata-thp-webhook" }, { fullnameOverride: "thp" }])(
    "refuses to give a release that runs another name: %o",
    async (values) => {
      const options = { program, kubeconfigPath: plane.access.kubeconfigPath };
      await helm(["install", "renamed", CHART, "--namespace", NAMESPACE], options);

      const { exitCode, stderr } = await tryHelm(["upgrade", "renamed", CHART, "--namespace", NAMESPACE], {
        ...options,
        values,
      });
      await helm(["upgrade", "renamed", CHART, "--namespace", NAMESPACE], options);
      await helm(["uninstall", "renamed", "--namespace", NAMESPACE, "--wait", "--timeout=60s"], options);

      expect(exitCode).not.toBe(0);
      expect(stderr).toContain("this release runs as renamed-kata-thp-webhook");
    },
  );
});
