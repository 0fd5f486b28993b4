// A Secret of the release that somebody deletes, to have another certificate made: helm still knows what comes in its place.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNamespace, kubectl, tryKubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { CHART, helmPrograms, type HelmResult, tryHelm } from "../helm.ts";
import { startReplica } from "./ca-bundles.ts";

const NAME = "kata-thp-webhook";
const POLL = { timeout: 30_000, interval: 200 } as const;

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
  // Helm asks the API server whether it knows these kinds.
  for (const kind of ["certificates", "issuers"]) {
    await kubectl(plane.access, ["apply", "-f", `${import.meta.dirname}/../crds/${kind}.yaml`]);
  }
  for (const kind of ["certificates", "issuers"]) {
    await kubectl(plane.access, ["wait", "--for=condition=established", `crd/${kind}.cert-manager.io`]);
  }
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

describe.each(helmPrograms())("$name", (program) => {
  const folder = program.name.replaceAll(" ", "-");
  const helmIn =
    (namespace: string) =>
    async (...args: readonly string[]): Promise<HelmResult> =>
      await tryHelm([...args, "--namespace", namespace], { program, kubeconfigPath: plane.access.kubeconfigPath });
  const secretsIn = async (namespace: string): Promise<string> =>
    (await kubectl(plane.access, ["get", "secrets", "-n", namespace, "-o", "name", "-l", "owner!=helm"])).stdout.trim();

  it("self-signed: what the webhook makes again goes with the release", async () => {
    const namespace = `${folder}-own`;
    const helm = helmIn(namespace);
    await createNamespace(plane.access, namespace);
    expect(await helm("install", "kata-thp", CHART)).toMatchObject({ exitCode: 0 });
    const replica = await startReplica(plane.access, { namespace, name: NAME });
    await expect.poll(async () => replica.check().then(() => replica.state().entries?.length), POLL).toBe(2);
    await kubectl(plane.access, ["delete", "secret", `${NAME}-ca`, "-n", namespace]);
    await expect
      .poll(async () => {
        await replica.check();
        return await secretsIn(namespace);
      }, POLL)
      .toBe(`secret/${NAME}-ca`);

    expect(await helm("uninstall", "kata-thp", "--wait")).toMatchObject({ exitCode: 0 });
    expect(await secretsIn(namespace)).toBe("");
    expect(await helm("install", "kata-thp", CHART)).toMatchObject({ exitCode: 0 });
    expect(await helm("uninstall", "kata-thp", "--wait")).toMatchObject({ exitCode: 0 });
  }, 90_000);

  it("cert-manager: what it makes again is taken by an upgrade, and goes with the release", async () => {
    const namespace = `${folder}-issued`;
    const helm = helmIn(namespace);
    const source = "--set=certificate.source=cert-manager";
    await createNamespace(plane.access, namespace);
    expect(await helm("install", "kata-thp", CHART, source)).toMatchObject({ exitCode: 0 });
    for (const [certificate, secret] of [
      [NAME, `${NAME}-tls`],
      [`${NAME}-ca`, `${NAME}-ca`],
    ] as const) {
      await kubectl(plane.access, ["delete", "secret", secret, "-n", namespace]);
      await issue(namespace, certificate, secret);
    }

    expect(await helm("upgrade", "kata-thp", CHART, source, "--set=server.logLevel=warn")).toMatchObject({
      exitCode: 0,
    });
    expect(await helm("uninstall", "kata-thp", "--wait")).toMatchObject({ exitCode: 0 });
    expect(await secretsIn(namespace)).toBe("");
  }, 90_000);
});

/** As cert-manager's controllers make a Secret that is missing: with a type, and the Certificate's secretTemplate. */
async function issue(namespace: string, certificate: string, name: string): Promise<void> {
  const { stdout } = await tryKubectl(plane.access, ["get", "certificate", certificate, "-n", namespace, "-o", "json"]);
  const { spec } = JSON.parse(stdout) as { readonly spec: { readonly secretTemplate: object } };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, ...spec.secretTemplate },
    type: "kubernetes.io/tls",
    data: { "tls.crt": "YQ==", "tls.key": "Yg==", "ca.crt": "Yw==" },
  };
  const apply = ["apply", "--server-side", "--field-manager=cert-manager-certificates-issuing", "-f", "-"];
  await kubectl(plane.access, apply, { input: secret });
}
