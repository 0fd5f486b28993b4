// A live reader that tests watch: its events can be awaited, and its clock of staleness be put forward.
import { openConnection } from "../../src/cluster/api-connection.ts";
import type { ApiConnection } from "../../src/cluster/api-connection.ts";
import type { ClusterEvent } from "../../src/cluster/cluster-event.ts";
import { createLiveReader, type LiveReader, type LiveReaderOptions } from "../../src/cluster/live-reader.ts";
import type { WatchedResource } from "../../src/cluster/rights.ts";

type EventOf<Kind extends ClusterEvent["kind"]> = Extract<ClusterEvent, { readonly kind: Kind }>;

export interface ObservedReader extends LiveReader {
  /** All events until now. */
  readonly events: readonly ClusterEvent[];
  /** Resolves with the first event of that kind, from number `from` on (default: from now on), of which `is` is true. */
  next<Kind extends ClusterEvent["kind"]>(
    kind: Kind,
    is?: (event: EventOf<Kind>) => boolean,
    from?: number,
  ): Promise<EventOf<Kind>>;
  /** Resolves when both resources are listed and watched. */
  synced(): Promise<void>;
  /** Puts the clock of staleness forward. */
  skip(ms: number): void;
}

export type ObservedOptions = Partial<Pick<LiveReaderOptions, "maxStalenessMs" | "now" | "random">>;

/** Opens a kubeconfig that must be right. */
export async function connectionTo(kubeconfig: string): Promise<ApiConnection> {
  const opened = await openConnection({ kubeconfig, context: null, env: {} });
  if (opened.kind === "refused") throw new Error(opened.why);
  return opened.connection;
}

/** Starts it. Retries are after 100 ms, 200 ms and so on: the jitter is always at the same place. */
export function observeReader(connection: ApiConnection, options: ObservedOptions = {}): ObservedReader {
  const events: ClusterEvent[] = [];
  const waiting = new Set<(event: ClusterEvent) => void>();
  let skippedMs = 0;
  const live = createLiveReader({
    connection,
    userAgent: "kata-thp-webhook/test",
    now: () => new Date(),
    random: () => 0.2,
    monotonicMs: () => performance.now() + skippedMs,
    ...options,
    onEvent(event) {
      events.push(event);
      for (const look of waiting) look(event);
    },
  });
  const next: ObservedReader["next"] = async (kind, is = () => true, from = events.length) => {
    const isWanted = (event: ClusterEvent): event is EventOf<typeof kind> =>
      event.kind === kind && is(event as EventOf<typeof kind>);
    const past = events.slice(from).find(isWanted);
    if (past !== undefined) return past;
    return new Promise((resolve) => {
      const look = (event: ClusterEvent): void => {
        if (!isWanted(event)) return;
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
    });
  };
  const watching = async (wanted: WatchedResource): Promise<unknown> =>
    next("watching", ({ resource }) => resource === wanted, 0);
  live.start();
  return {
    ...live,
    events,
    next,
    async synced() {
      await Promise.all([watching("runtimeclasses"), watching("nodes")]);
    },
    skip(ms) {
      skippedMs += ms;
    },
  };
}
