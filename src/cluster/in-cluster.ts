// The API server as a pod sees it: client-go's rest.InClusterConfig (k8s.io/client-go rest/config.go).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedConnection } from "./api-connection.ts";

/** Where the kubelet mounts token and CA (plugin/pkg/admission/serviceaccount). */
export const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Both files are read for every request: they lie on tmpfs, and the kubelet renews the token after 80% of its life. */
export async function openInCluster(
  env: Readonly<Record<string, string | undefined>>,
  dir: string = SERVICE_ACCOUNT_DIR,
): Promise<OpenedConnection> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) {
    return {
      kind: "refused",
      why: "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no pod: name a kubeconfig",
    };
  }
  const credentials = async (): Promise<{ readonly ca: string; readonly headers: Record<string, string> }> => {
    const [ca, token] = await Promise.all([
      readFile(join(dir, "ca.crt"), "utf8"),
      readFile(join(dir, "token"), "utf8"),
    ]);
    return { ca, headers: { authorization: `Bearer ${token.trim()}` } };
  };
  try {
    await credentials();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      kind: "refused",
      why: `the ServiceAccount's files cannot be read: ${said}: does the pod say automountServiceAccountToken: false?`,
    };
  }
  const server = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  return { kind: "open", connection: { server, credentials } };
}
