// certificate.source changed by an upgrade on a real API server: whoever serves meanwhile stays trusted.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SelfSignedSource } from "../../../src/tls/self-signed-source.ts";
import { createNamespace, kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { makePair } from "../../support/certificates.ts";
import { CHART, helmPrograms, type HelmResult, tryHelm } from "../helm.ts";
import { readTrust, startReplica, type Trust, watchTrust } from "./ca-bundles.ts";

const NAME = "kata-thp-webhook";
const POLL = { timeout: 30_000, interval: 200 } as const;

/** How a release's objects are updated; Helm 4 can do it as Helm 3 does, and keeps to it for a release. */
const WAYS = helmPrograms().flatMap((program) =>
  program.name === "helm 4"
    ? [
        { way: "helm 4", program, install: [], force: ["--force-conflicts"] },
        { way: "helm 4 as helm 3 does it", program, install: ["--server-side=false"], force: [] },
      ]
    : [{ way: program.name, program, install: [], force: [] }],
);

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

describe.each(WAYS)("$way", ({ way, program, install, force }) => {
  const namespace = way.replaceAll(" ", "-");
  const [given, renewed] = [
    { pem: "", id: "" },
    { pem: "", id: "" },
  ];
  /** A pod that serves with self-signed certificates, and the CA that it has. */
  let replica: SelfSignedSource;
  let own: string;
  /** What helm said at the last upgrade. */
  let notes: string;

  beforeAll(async () => {
    await createNamespace(plane.access, namespace);
    for (const ca of [given, renewed]) {
      ca.pem = `${(await makePair()).cert}\n`;
      ca.id = new X509Certificate(ca.pem).fingerprint256;
    }
  });
  afterAll(async () => {
    await tryHelm(["uninstall", "kata-thp", "--namespace", namespace], {
      program,
      kubeconfigPath: plane.access.kubeconfigPath,
    });
  });

  const helm = async (args: readonly string[], values: object = {}): Promise<HelmResult> =>
    tryHelm([...args, "--namespace", namespace], { program, kubeconfigPath: plane.access.kubeconfigPath, values });
  const fromSecret = (ca: { readonly pem: string } | null): object => ({
    certificate: { source: "secret", secretName: "mine", caBundle: ca?.pem ?? "" },
    webhook: { annotations: ca === null ? { "cert-manager.io/inject-ca-from-secret": "a/b" } : {} },
  });
  /** @returns what was trusted from before the upgrade to its end, each change once */
  const upgrade = async (values: object, flags: readonly string[] = []): Promise<readonly Trust[]> => {
    const watch = await watchTrust(plane.access, NAME);
    const { stdout, stderr, exitCode } = await helm(["upgrade", "kata-thp", CHART, "--reset-values", ...flags], values);
    const seen = await watch.stop();
    if (exitCode !== 0) throw new Error(stderr);
    notes = stdout;
    return seen;
  };
  const trust = async (): Promise<Trust> => readTrust(plane.access, NAME);
  /** The same for both entries. */
  const both = (...ids: readonly string[]): Trust => [ids.toSorted(), ids.toSorted()];
  /** Passes until its CA is trusted: the authorizer learns of new roles a moment after they are there. */
  const settle = async (): Promise<void> => {
    const isTrusted = async (): Promise<boolean> => {
      await replica.check();
      const { authority, entries } = replica.state();
      own = authority?.id ?? "";
      return entries?.every(({ authorities }) => authorities.some(({ id }) => id === own)) ?? false;
    };
    await expect.poll(isTrusted, POLL).toBe(true);
  };
  const setRollout = async (updatedReplicas: number, replicas: number): Promise<void> => {
    const { stdout } = await kubectl(plane.access, [
      "get",
      "deploy",
      NAME,
      "-n",
      namespace,
      "-o=jsonpath={.metadata.generation}",
    ]);
    const status = { observedGeneration: Number(stdout), replicas, updatedReplicas };
    const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
    await kubectl(plane.access, ["patch", "deploy", NAME, "-n", namespace, ...patch]);
  };

  it("self-signed to self-signed: what the webhook wrote is not touched", async () => {
    expect(await helm(["install", "kata-thp", CHART, ...install])).toMatchObject({ exitCode: 0 });
    replica = await startReplica(plane.access, { namespace, name: NAME });
    await settle();

    expect(await upgrade({ webhook: { failurePolicy: "Fail", timeoutSeconds: 3 } })).toEqual([both(own)]);
  });

  it.runIf(force.length > 0)("self-signed to secret without the flag: refused, and nobody is distrusted", async () => {
    const watch = await watchTrust(plane.access, NAME);
    const { exitCode, stderr } = await helm(["upgrade", "kata-thp", CHART], fromSecret(given));

    expect(stderr).toContain('conflicts with "kata-thp-webhook"');
    expect(exitCode).not.toBe(0);
    expect(await watch.stop()).toEqual([both(own)]);
  });

  it("self-signed to secret: the old CA is trusted until its pods are gone", async () => {
    const seen = await upgrade(fromSecret(given), force);

    expect(seen.every((version) => version.every((ids) => ids.includes(own)))).toBe(true);
    expect(seen.at(-1)).toEqual(both(given.id, own));
    expect(notes).toContain("The caBundle still holds the CAs of before too");

    await setRollout(1, 3);
    expect((await upgrade(fromSecret(given))).at(-1)).toEqual(both(given.id, own));
    await setRollout(2, 2);
    expect((await upgrade(fromSecret(given))).at(-1)).toEqual(both(given.id));
    expect(notes).not.toContain("CAs of before");
  });

  it("secret to secret: the caBundle is what the values say", async () => {
    const two = { pem: given.pem + renewed.pem };
    expect((await upgrade(fromSecret(two))).at(-1)).toEqual(both(given.id, renewed.id));
    expect((await upgrade(fromSecret(given))).at(-1)).toEqual(both(given.id));
  });

  it("secret to self-signed: the caBundle stays until the new pods add theirs, however many upgrades come first", async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await upgrade({ replicaCount: 2 + turn })).toEqual([both(given.id)]);
    }

    replica = await startReplica(plane.access, { namespace, name: NAME });
    const watch = await watchTrust(plane.access, NAME);
    await settle();
    const seen = await watch.stop();
    expect(seen.every((version) => version.every((ids) => ids.includes(given.id)))).toBe(true);
    expect(seen.at(-1)).toEqual(both(given.id, own));
  });

  it("and from then on it is the webhook's again", async () => {
    const first = own;
    expect(await upgrade({ replicaCount: 4 })).toEqual([both(given.id, first)]);

    // Its Secret is lost, and no pod remembers it: a new CA comes beside the old one.
    await kubectl(plane.access, ["delete", "secret", `${NAME}-ca`, "-n", namespace]);
    replica = await startReplica(plane.access, { namespace, name: NAME });
    await settle();
    expect(own).not.toBe(first);
    const now = await trust();
    expect(now.every((ids) => ids.includes(first) && ids.includes(own))).toBe(true);
    expect(await upgrade({ replicaCount: 2 })).toEqual([now]);
  });

  it("secret with a caBundle to one that is injected: it stays until the injector writes its own", async () => {
    await upgrade(fromSecret(given), force);
    await setRollout(2, 2);
    await upgrade(fromSecret(given));
    expect(await upgrade(fromSecret(null))).toEqual([both(given.id)]);

    const value = Buffer.from(renewed.pem).toString("base64");
    const operations = [0, 1].map((at) => ({ op: "replace", path: `/webhooks/${at}/clientConfig/caBundle`, value }));
    const patch = ["--type=json", "--field-manager=cainjector", "-p", JSON.stringify(operations)];
    await kubectl(plane.access, ["patch", "mutatingwebhookconfiguration", NAME, ...patch]);
    expect(await upgrade(fromSecret(null))).toEqual([both(renewed.id)]);
  });
});
