// What the API server trusts while a release changes: every version of the caBundles, and the pods that keep them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { onTestFinished } from "vitest";
import { openConnection } from "../../../src/cluster/api-connection.ts";
import { createClusterCertificateStore } from "../../../src/cluster/certificate-store.ts";
import { parseBundle } from "../../../src/tls/ca-bundle.ts";
import { LIFETIMES } from "../../../src/tls/lifetimes.ts";
import { createSelfSignedSource, type SelfSignedSource } from "../../../src/tls/self-signed-source.ts";
import { type ControlPlaneAccess, kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { kubectl } from "../../apiserver/control-plane/kubectl.ts";
import type { KubeObject } from "../rendered.ts";

const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** One version of a configuration: for each entry, the sorted ids of the certificates that are trusted for it. */
export type Trust = readonly (readonly string[])[];

export interface TrustWatch {
  /** What was trusted at the start, and after each change of it until now; then it watches no more. */
  stop(): Promise<readonly Trust[]>;
}

interface Version {
  readonly resourceVersion: string;
  readonly trust: Trust;
}

export async function watchTrust(access: ControlPlaneAccess, name: string): Promise<TrustWatch> {
  const path = `${CONFIGURATIONS}?watch=true&fieldSelector=metadata.name%3D${name}`;
  const env = { PATH: process.env["PATH"], HOME: access.folder, KUBECONFIG: access.kubeconfigPath };
  const child = spawn(access.kubectlPath, ["get", "--raw", path], { env, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  onTestFinished(() => void child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Version> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the watch of ${name} ended by itself`);
    return toVersion((JSON.parse(line.value) as { readonly object: KubeObject }).object);
  };
  const seen = [await next()];
  return {
    async stop() {
      const { resourceVersion } = await readVersion(access, name);
      while (seen.at(-1)?.resourceVersion !== resourceVersion) seen.push(await next());
      child.kill();
      await closed;
      const trusts = seen.map(({ trust }) => trust);
      return trusts.filter((trust, index) => !isDeepStrictEqual(trust, trusts[index - 1]));
    },
  };
}

export async function readTrust(access: ControlPlaneAccess, name: string): Promise<Trust> {
  return (await readVersion(access, name)).trust;
}

async function readVersion(access: ControlPlaneAccess, name: string): Promise<Version> {
  return toVersion(
    JSON.parse((await kubectl(access, ["get", "--raw", `${CONFIGURATIONS}/${name}`])).stdout) as KubeObject,
  );
}

function toVersion({ metadata, webhooks }: KubeObject): Version {
  const bundles = (webhooks as readonly Entry[]).map(({ clientConfig }) => parseBundle(clientConfig.caBundle ?? ""));
  const trust = bundles.map((bundle) => bundle.map(({ id }) => id).toSorted());
  return { resourceVersion: metadata.resourceVersion ?? "", trust };
}

interface Entry {
  readonly clientConfig: { readonly caBundle?: string };
}

/** A pod's part with self-signed certificates, by the rights of the release's ServiceAccount and no others. */
export async function startReplica(
  access: ControlPlaneAccess,
  { namespace, name, secret = `${name}-ca` }: { namespace: string; name: string; secret?: string },
): Promise<SelfSignedSource> {
  const kubeconfig = await kubeconfigFor(access, {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  });
  const opened = await openConnection({ kubeconfig, context: null, env: {} });
  if (opened.kind === "refused") throw new Error(opened.why);
  const store = createClusterCertificateStore({
    connection: opened.connection,
    userAgent: "kata-thp-webhook/test",
    secret: { namespace, name: secret },
    webhookConfiguration: name,
  });
  return createSelfSignedSource({
    store,
    names: [`${name}.${namespace}.svc`],
    now: () => new Date(),
    onEvent: () => {},
    // No other replica could bring a lost Secret back.
    lifetimes: { ...LIFETIMES, patienceMs: 0 },
  });
}
