// A live cluster as a ClusterReader: RuntimeClasses and Nodes watched into memory, claims asked for by name.
import { type Known, known, type UnknownCause, unknown } from "../engine/facts.ts";
import { createApiClient } from "./api-client.ts";
import type { ApiConnection } from "./api-connection.ts";
import { createClaimCache } from "./claim-cache.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import { createNodeIndex } from "./node-index.ts";
import type { ClusterReader } from "./reader.ts";
import type { Verb, WatchedResource } from "./rights.ts";
import { createRuntimeClassIndex } from "./runtime-class-index.ts";
import { createWatchCache, type WatchCache } from "./watch-cache.ts";

export interface LiveReaderOptions {
  readonly connection: ApiConnection;
  /** What the API server's audit log calls us, as in kata-thp-webhook/1.0.0. */
  readonly userAgent: string;
  /** The wall clock, for the age of nodes' reports. */
  readonly now: () => Date;
  readonly onEvent: (event: ClusterEvent) => void;
  /** How long facts hold after the API server was last heard of; default DEFAULT_MAX_STALENESS_MS. */
  readonly maxStalenessMs?: Readonly<Record<WatchedResource, number>>;
  /** The clock of staleness, which nobody sets back; default performance.now. */
  readonly monotonicMs?: () => number;
  /** The source of jitter, in [0, 1); default Math.random. */
  readonly random?: () => number;
}

export interface LiveReader {
  readonly reader: ClusterReader;
  /** Begins to list and watch. Until a resource is synced its facts are "not synced". */
  start(): void;
  /** Every resource was synced once, or is forbidden: waiting longer would bring nothing. Never false again. */
  hasSynced(): boolean;
  syncState(): readonly SyncState[];
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** Plain JSON, for /readyz and gauges. */
export interface SyncState {
  readonly resource: WatchedResource;
  /** known: facts are answered from memory; else what is answered instead. */
  readonly state: "known" | UnknownCause;
  readonly objects: number;
  /** Since the API server was last heard of; null before that. */
  readonly ageMs: number | null;
  /** The right that is missing. */
  readonly forbidden: Verb | null;
  readonly problem: string | null;
}

/**
 * Nodes come and go in minutes, and one that is gone costs a pod a retry; a RuntimeClass that is gone makes the API server
 * refuse the pod that was moved to it.
 */
export const DEFAULT_MAX_STALENESS_MS: Readonly<Record<WatchedResource, number>> = {
  runtimeclasses: 2 * 60_000,
  nodes: 10 * 60_000,
};

/** Claims of so many pods are asked for at once; more wait, each for its own budget. */
const MOST_CLAIM_REQUESTS = 32;
/** How often it is looked whether facts became stale, for the log; answers look themselves. */
const LOOK_MS = 1_000;

export function createLiveReader(options: LiveReaderOptions): LiveReader {
  const { connection, userAgent, now, onEvent } = options;
  const { maxStalenessMs = DEFAULT_MAX_STALENESS_MS, random = Math.random } = options;
  const monotonicMs = options.monotonicMs ?? ((): number => performance.now());

  // Connections of their own, so that claims never wait behind a list.
  const watchClient = createApiClient({ connection, userAgent, maxConnections: 8 });
  const claimClient = createApiClient({ connection, userAgent, maxConnections: MOST_CLAIM_REQUESTS });
  const classes = createRuntimeClassIndex();
  const nodes = createNodeIndex({ now, onUnreadable: (node, why) => onEvent({ kind: "unreadable", node, why }) });
  const claims = createClaimCache({ client: claimClient, monotonicMs, onEvent });
  const cacheOf = (resource: WatchedResource, { sink }: Pick<typeof classes, "sink">): WatchCache =>
    createWatchCache({
      resource,
      client: watchClient,
      sink,
      maxStalenessMs: maxStalenessMs[resource],
      monotonicMs,
      random,
      onEvent,
    });
  const watched = [
    { resource: "runtimeclasses", cache: cacheOf("runtimeclasses", classes), index: classes },
    { resource: "nodes", cache: cacheOf("nodes", nodes), index: nodes },
  ] as const;
  const [{ cache: classCache }, { cache: nodeCache }] = watched;

  const stale = new Set<WatchedResource>();
  const lookForStaleness = (): void => {
    for (const { resource, cache } of watched) {
      const { ageMs, isSynced } = cache.state();
      const isStale = isSynced && ageMs !== null && ageMs > maxStalenessMs[resource];
      if (ageMs === null || isStale === stale.has(resource)) continue;
      if (isStale) stale.add(resource);
      else stale.delete(resource);
      onEvent({ kind: isStale ? "stale" : "fresh", resource, ageMs });
    }
  };
  let looking: NodeJS.Timeout | undefined;
  let hasSynced = false;

  const reader: ClusterReader = {
    runtimeClass: (name) => answer(classCache, () => knownOr(classes.get(name))),
    variantsOf: (target) => answer(classCache, () => known(classes.variantsOf(target))),
    nodes: (placement) => answer(nodeCache, () => nodes.groups(placement)),
    claimMode: (namespace, name, budgetMs) => claims.mode(namespace, name, budgetMs),
    // The webhook configuration's namespaceSelector has chosen already.
    namespaceLabels: () => null,
  };

  return {
    reader,
    start() {
      looking ??= setInterval(lookForStaleness, LOOK_MS).unref();
      for (const { cache } of watched) cache.start();
    },
    hasSynced() {
      hasSynced ||= watched.every(({ cache }) => {
        const { isSynced, forbidden } = cache.state();
        return isSynced || forbidden !== null;
      });
      return hasSynced;
    },
    syncState: () =>
      watched.map(({ resource, cache, index }) => {
        const { ageMs, forbidden, problem } = cache.state();
        return { resource, state: cache.unknown() ?? "known", objects: index.size(), ageMs, forbidden, problem };
      }),
    async close() {
      clearInterval(looking);
      claims.close();
      await Promise.all(watched.map(({ cache }) => cache.close()));
      watchClient.close();
      claimClient.close();
    },
  };
}

function answer<T>(cache: WatchCache, fromMemory: () => Known<T>): Known<T> {
  const why = cache.unknown();
  return why === null ? fromMemory() : unknown(why);
}

function knownOr<T>(value: T | undefined): Known<T> {
  return value === undefined ? unknown("not found") : known(value);
}
