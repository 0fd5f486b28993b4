// `kata-thp verify`, as helm test runs it: a real API server, a real webhook, the command in a process of its own.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { unknown } from "../../../src/engine/facts.ts";
import { kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { createNamespace, kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { ROOT, type Run, runKataThp } from "../../cli/run-kata-thp.ts";
import { readerWithVariant, type RunningServer, startServer } from "../../support/running-server.ts";

const NAMESPACE = "verified";
const COMMAND = `import { verify } from ${JSON.stringify(join(ROOT, "src/cli/verify.ts"))};
process.exitCode = await verify(process.argv.slice(1));`;

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  await createNamespace(plane.access, NAMESPACE, { "kata-thp.dev/mode": "enforce" });
  for (const name of ["kata-clh", "kata-clh-thp"]) {
    const runtimeClass = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name }, handler: name };
    await kubectl(plane.access, ["create", "-f", "-"], { input: runtimeClass });
  }
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

async function verify(args: readonly string[], kubeconfigPath = plane.access.kubeconfigPath): Promise<Run> {
  return runKataThp(["--kubeconfig", kubeconfigPath, ...args], {
    command: [process.execPath, "--input-type=module", "--eval", COMMAND, "--"],
  });
}

/** Has the API server ask `server` about the pods of our namespace until the test is over. */
async function install({ port, ca }: RunningServer): Promise<void> {
  const name = "verify.kata-thp.dev";
  await kubectl(plane.access, ["create", "-f", "-"], {
    input: {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name },
      webhooks: [
        {
          name,
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Ignore",
          timeoutSeconds: 2,
          reinvocationPolicy: "IfNeeded",
          clientConfig: {
            url: `https://localhost:${port}/mutate/enforce`,
            caBundle: Buffer.from(ca).toString("base64"),
          },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } },
        },
      ],
    },
  });
  onTestFinished(async () => {
    await kubectl(plane.access, ["delete", "mutatingwebhookconfiguration", name]);
  });
}

describe("kata-thp verify", () => {
  it("passes where the pod was patched, says how, and stores nothing", async () => {
    await install(await startServer());

    const { code, stdout, stderr } = await verify(["--namespace", NAMESPACE, "--timeout", "60"]);

    expect(stderr).toBe("");
    expect(stdout).toBe(
      "PASS: the webhook answers (version 1.2.3) and patched the pod, selection runtime-class\n" +
        "  runtimeClassName: kata-clh became kata-clh-thp\n",
    );
    expect(code).toBe(0);
    expect((await kubectl(plane.access, ["get", "pods", "-n", NAMESPACE, "-o", "name"])).stdout).toBe("");
  });

  it("passes where the pod was left alone, and says why and what to do", async () => {
    await install(await startServer({ reader: { ...readerWithVariant(), variantsOf: () => unknown("not synced") } }));

    const { code, stdout } = await verify(["--namespace", NAMESPACE, "--timeout", "60"]);

    expect(stdout).toMatch(/^PASS: the webhook answers, and left the pod alone because of\n {2}[A-Z]\w+: \S.+\.\n$/);
    expect(code).toBe(0);
  });

  it("waits for a webhook that is not there yet", async () => {
    const server = await startServer();
    const running = verify(["--namespace", NAMESPACE, "--timeout", "60"]);
    await install(server);

    expect((await running).stdout).toMatch(/^PASS/);
  });

  it("fails where the webhook left no word, and names the usual causes", async () => {
    const { code, stdout, stderr } = await verify(["--namespace", NAMESPACE, "--timeout", "1"]);

    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^FAIL: for 1 s pods of RuntimeClass kata-clh in namespace verified were admitted without a word/,
    );
    expect(stderr).toContain("apiserver_admission_webhook_fail_open_count");
    expect(code).toBe(1);
  });

  it("fails at once where the RuntimeClass does not exist", async () => {
    const { code, stderr } = await verify(["--namespace", NAMESPACE, "--runtime-class", "kata-none"]);

    expect(stderr).toContain('RuntimeClass "kata-none" not found');
    expect(stderr).toContain("name in the policy's targets (or with --runtime-class) a RuntimeClass that exists");
    expect(code).toBe(1);
  }, 15_000);

  it("fails at once where the namespace does not exist", async () => {
    const { code, stderr } = await verify(["--namespace", "nowhere"]);
    expect(stderr).toBe('FAIL: the API server refused the pod with 404: namespaces "nowhere" not found\n');
    expect(code).toBe(1);
  }, 15_000);

  it("fails without the right to create pods, in the API server's words", async () => {
    const nobody = await kubeconfigFor(plane.access, { user: "nobody" });
    const { code, stderr } = await verify(["--namespace", NAMESPACE, "--timeout", "1"], nobody);
    expect(stderr).toMatch(/refused the pod with 403: pods is forbidden: User "nobody" cannot create resource "pods"/);
    expect(code).toBe(1);
  });

  it.each([
    [["--timeout", "5"], "--namespace is missing"],
    [["-n", "a", "--timeout", "0"], '--timeout must be a whole number from 1 to 3600, not "0"'],
    [["-n", "a", "--kubeconfig", "/nonexistent"], "/nonexistent cannot be read as a kubeconfig"],
    [["-n", "a", "--name-space=b"], "unknown flag --name-space; did you mean --namespace?"],
    [["-n", "a", "now"], 'verify takes flags only, not "now"'],
  ])("refuses %j", async (args, said) => {
    const { code, stderr } = await verify(args);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });
});
