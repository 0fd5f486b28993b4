// The cluster that the suite was given: requests, waiting, and namespaces that are the suite's own.
import { randomBytes } from "node:crypto";
import { type KubeAnswer, type KubeApi, type KubeObject, openKubeApi } from "../apiserver/dispatch/kube-api.ts";
import type { Settings } from "./settings.ts";
import { openWatcher, type Watcher } from "./watch.ts";

export interface Cluster {
  readonly api: KubeApi;
  readonly watcher: Watcher;
  /** A new namespace with that mode, or none, in which pods can be created at once. Resolves with its name. */
  enter(mode: "enforce" | "observe" | null): Promise<string>;
  setMode(namespace: string, mode: "enforce" | "observe" | null): Promise<void>;
  /** Posts a pod, whatever is answered. */
  tryPod(namespace: string, pod: object, query?: string): Promise<KubeAnswer>;
  /** Posts a pod that must be created, and reads back what is stored. */
  store(namespace: string, pod: object): Promise<KubeObject>;
  /** All namespaces of this run, with what is in them, and the connections. */
  close(): Promise<void>;
}

export const MODE_LABEL = "kata-thp.dev/mode";
/** On everything that the suite makes and that has no namespace. */
export const E2E_LABEL = "kata-thp.dev/e2e";
const NAMESPACES = "/api/v1/namespaces";

export async function openCluster({ kubeconfigPath }: Settings): Promise<Cluster> {
  const api = await openKubeApi(kubeconfigPath);
  const watcher = await openWatcher(kubeconfigPath);
  const run = randomBytes(3).toString("hex");
  const namespaces: string[] = [];

  const cluster: Cluster = {
    api,
    watcher,
    async enter(mode) {
      const name = `kata-thp-e2e-${run}-${namespaces.length + 1}`;
      const labels = { [E2E_LABEL]: run, ...(mode === null ? {} : { [MODE_LABEL]: mode }) };
      namespaces.push(name);
      await api.send("POST", NAMESPACES, { metadata: { name, labels } });
      // Until then the API server refuses every pod of the namespace.
      const accounts = `${NAMESPACES}/${name}/serviceaccounts`;
      await watcher.until(accounts, `${name} has its ServiceAccount`, (all) =>
        all.some(({ metadata }) => metadata.name === "default"),
      );
      return name;
    },
    async setMode(namespace, mode) {
      await api.send("PATCH", `${NAMESPACES}/${namespace}`, { metadata: { labels: { [MODE_LABEL]: mode } } });
    },
    tryPod: async (namespace, pod, query = "") => api.ask("POST", `${NAMESPACES}/${namespace}/pods${query}`, pod),
    async store(namespace, pod) {
      const { metadata } = await api.send("POST", `${NAMESPACES}/${namespace}/pods`, pod);
      return api.send("GET", `${NAMESPACES}/${namespace}/pods/${metadata.name}`);
    },
    async close() {
      try {
        if (namespaces.length === 0) return;
        for (const name of namespaces) await api.ask("DELETE", `${NAMESPACES}/${name}`);
        const mine = `${NAMESPACES}?labelSelector=${encodeURIComponent(`${E2E_LABEL}=${run}`)}`;
        await watcher.until(mine, "the suite's namespaces are gone", (all) => all.length === 0);
      } finally {
        watcher.close();
        api.close();
      }
    },
  };
  return cluster;
}
