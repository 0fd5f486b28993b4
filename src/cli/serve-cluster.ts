// Where `serve` has its facts from: a folder of YAML, a live cluster, or nowhere.
import type { ClusterEvent } from "../cluster/cluster-event.ts";
import type { SyncState } from "../cluster/live-reader.ts";
import type { ClusterReader } from "../cluster/reader.ts";
import { emptyReader, loadSnapshot } from "../cluster/snapshot.ts";
import type { ReadinessCheck } from "../server/readiness.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { VERSION } from "../version.ts";

export type ClusterSource =
  | { readonly kind: "snapshot"; readonly dir: string }
  | { readonly kind: "live"; readonly kubeconfig: string | null; readonly context: string | null }
  /** Nothing is known, and so no pod is patched. */
  | { readonly kind: "none" };

export type OpenedCluster =
  | {
      readonly kind: "open";
      readonly reader: ClusterReader;
      /** Why reviews should go elsewhere for now; null for a source that has no saying of its own. */
      readonly notReady: ReadinessCheck | null;
      readonly close: () => Promise<void>;
    }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Opens the source. A live cluster that does not answer is not waited for: readiness tells it. */
export async function openCluster(
  source: ClusterSource,
  { log, metrics, now }: { readonly log: Log; readonly metrics: Metrics; readonly now: () => Date },
): Promise<OpenedCluster> {
  switch (source.kind) {
    case "none":
      return { kind: "open", reader: emptyReader(), notReady: null, close: async () => {} };
    case "snapshot": {
      const loaded = await loadSnapshot(source.dir, now);
      if (loaded.kind === "invalid") return loaded;
      for (const note of loaded.notes) log.warn({ note }, "snapshot");
      return { kind: "open", reader: loaded.reader, notReady: null, close: async () => {} };
    }
    case "live":
      return await openLiveCluster(source, log, metrics, now);
    default:
      return source satisfies never;
  }
}

async function openLiveCluster(
  { kubeconfig, context }: Extract<ClusterSource, { kind: "live" }>,
  log: Log,
  metrics: Metrics,
  now: () => Date,
): Promise<OpenedCluster> {
  const [{ openConnection }, { createLiveReader }, { describeClusterEvent }, { createClusterMetrics }] =
    await Promise.all([
      import("../cluster/api-connection.ts"),
      import("../cluster/live-reader.ts"),
      import("../cluster/cluster-event.ts"),
      import("../telemetry/cluster-metrics.ts"),
    ]);
  const opened = await openConnection({ kubeconfig, context, env: process.env });
  if (opened.kind === "refused") {
    return { kind: "invalid", errors: [`${kubeconfig === null ? "no cluster" : "--kubeconfig"}: ${opened.why}`] };
  }
  const onEvent = (event: ClusterEvent): void => {
    clusterMetrics.clusterEvent(event);
    const { level, message } = describeClusterEvent(event);
    log[level]({ cluster: event.kind }, message);
  };
  const live = createLiveReader({
    connection: opened.connection,
    userAgent: `kata-thp-webhook/${VERSION}`,
    now,
    onEvent,
  });
  const clusterMetrics = createClusterMetrics(metrics.registry, () => live.syncState());
  live.start();
  const notReady: ReadinessCheck = () =>
    live.hasSynced() ? null : `the cluster is not synced: ${unsynced(live.syncState())}`;
  return { kind: "open", reader: live.reader, notReady, close: () => live.close() };
}

function unsynced(states: readonly SyncState[]): string {
  return states
    .filter(({ state }) => state !== "known")
    .map(({ resource, state, problem }) => `${resource}: ${state}${problem === null ? "" : `, ${problem}`}`)
    .join("; ");
}
