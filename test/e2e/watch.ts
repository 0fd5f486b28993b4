// Waiting for what becomes of objects, by a list and a watch, and never by asking again and again.
import { type ApiConnection, openConnection } from "../../src/cluster/api-connection.ts";
import { type ApiClient, createApiClient } from "../../src/cluster/api-client.ts";
import { readLines, readText } from "../../src/cluster/response-body.ts";
import type { KubeObject } from "../apiserver/dispatch/kube-api.ts";

export interface Watcher {
  /**
   * The objects at the path of a collection (with a query, if any) whenever one of them changes, the first time at once.
   * A watch that the API server ends is taken up again. Ends with the signal.
   */
  follow(path: string, signal: AbortSignal): AsyncGenerator<ReadonlyMap<string, KubeObject>>;
  /** Resolves with the objects as soon as `isSo`. @throws Error that says what was waited for and what there was */
  until(path: string, what: string, isSo: (objects: readonly KubeObject[]) => boolean): Promise<readonly KubeObject[]>;
  close(): void;
}

/** Nothing that is waited for takes longer on a busy machine: a rollout of two pods with their drain. */
const PATIENCE_MS = 120_000;
const LIST_BYTES = 64 * 1024 * 1024;

export async function openWatcher(kubeconfigPath: string): Promise<Watcher> {
  const opened = await openConnection({ kubeconfig: kubeconfigPath, context: null, env: {} });
  if (opened.kind === "refused") throw new Error(opened.why);
  const client = clientOf(opened.connection);
  return {
    follow: (path, signal) => follow(client, path, signal),
    async until(path, what, isSo) {
      const closing = new AbortController();
      const timer = setTimeout(() => closing.abort(), PATIENCE_MS);
      let last: readonly KubeObject[] = [];
      try {
        for await (const objects of follow(client, path, closing.signal)) {
          last = [...objects.values()];
          if (isSo(last)) return last;
        }
      } finally {
        clearTimeout(timer);
        closing.abort();
      }
      const there = last.map(({ metadata, status }) => `${metadata.name} ${JSON.stringify(status ?? {})}`);
      throw new Error(`${what}: not so after ${PATIENCE_MS / 1000} s; at ${path}: ${there.join("\n") || "nothing"}`);
    },
    close: () => client.close(),
  };
}

function clientOf(connection: ApiConnection): ApiClient {
  return createApiClient({ connection, userAgent: "kata-thp-e2e", maxConnections: 16 });
}

async function* follow(
  client: ApiClient,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, KubeObject>> {
  while (!signal.aborted) {
    try {
      yield* followOnce(client, path, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** From a list to the end of its watch, which comes by itself after some minutes, or when the version is too old. */
async function* followOnce(
  client: ApiClient,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, KubeObject>> {
  const objects = new Map<string, KubeObject>();
  const list = await client.get(path, signal);
  const text = await readText(list.body, LIST_BYTES);
  if (list.status !== 200) throw new Error(`GET ${path}: ${list.status} ${text}`);
  const { items, metadata } = JSON.parse(text) as {
    readonly items: readonly KubeObject[];
    readonly metadata: { readonly resourceVersion: string };
  };
  for (const item of items) objects.set(keyOf(item), item);
  yield objects;

  const query = `watch=1&resourceVersion=${metadata.resourceVersion}`;
  const watch = await client.get(`${path}${path.includes("?") ? "&" : "?"}${query}`, signal);
  for await (const line of readLines(watch.body, LIST_BYTES)) {
    const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: KubeObject };
    if (type === "ERROR") return;
    if (type === "DELETED") objects.delete(keyOf(object));
    else objects.set(keyOf(object), object);
    yield objects;
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
