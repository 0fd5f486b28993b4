// A kubeconfig, read by client-node. Loaded only when one is named; the deep path spares what else its index exports.
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ApiCredentials, OpenedConnection } from "./api-connection.ts";

/** Opens a kubeconfig's context, its current one where `context` is null. */
export function openKubeconfig(file: string, context: string | null): OpenedConnection {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    return refused(file, `cannot be read as a kubeconfig: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (context !== null) config.setCurrentContext(context);
  const wanted = config.getCurrentContext();
  if (!wanted) return refused(file, "has no current-context: set one, or name a context");
  if (config.getContextObject(wanted) === null) {
    const names = config.getContexts().map(({ name }) => name);
    return refused(file, `has no context ${JSON.stringify(wanted)}; it has ${names.join(", ") || "none"}`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) return refused(file, `context ${JSON.stringify(wanted)} names a cluster that it has not`);
  if (!URL.canParse(cluster.server)) {
    return refused(file, `cluster ${JSON.stringify(cluster.name)}: server must be a URL such as https://10.0.0.1:6443`);
  }
  // client-node would then leave out the cluster's CA too.
  if (config.getCurrentUser() === null) {
    return refused(file, `context ${JSON.stringify(wanted)} names a user that it has not`);
  }
  const credentials = async (): Promise<ApiCredentials> => {
    const options: RequestOptions & { headers: OutgoingHttpHeaders } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { agent, ...own } = options;
    // Its agent keeps the first certificates for ever and no connection alive; only a proxy's has to be used.
    return cluster.proxyUrl && agent !== undefined ? { ...own, agent } : own;
  };
  return { kind: "open", connection: { server: new URL(cluster.server), credentials } };
}

function refused(file: string, why: string): OpenedConnection {
  return { kind: "refused", why: `${file} ${why}` };
}
