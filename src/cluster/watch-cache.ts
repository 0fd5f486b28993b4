// One resource kept in memory: a list, then watches from where it ended, and a list again whenever that is in doubt.
import type { UnknownCause } from "../engine/facts.ts";
import type { ApiClient } from "./api-client.ts";
import type { Failure } from "./api-answer.ts";
import { backoffMs } from "./backoff.ts";
import type { ClusterEvent, ListCause } from "./cluster-event.ts";
import { listPages } from "./list-pages.ts";
import type { ObjectSink } from "./object-store.ts";
import { RESOURCES, type Verb, type WatchedResource } from "./rights.ts";
import { watchFrom } from "./watch-from.ts";

export interface WatchCacheOptions {
  readonly resource: WatchedResource;
  readonly client: ApiClient;
  readonly sink: ObjectSink;
  /** So long after the API server was last heard of, what is kept is not a fact any more. */
  readonly maxStalenessMs: number;
  readonly monotonicMs: () => number;
  /** In [0, 1): where the jitter comes from. */
  readonly random: () => number;
  readonly onEvent: (event: ClusterEvent) => void;
}

export interface WatchState {
  /** A list was complete, and a watch open after it, at least once. */
  readonly isSynced: boolean;
  /** Since a list was complete, or a watch said something; null before. */
  readonly ageMs: number | null;
  /** The right that the last attempt lacked. */
  readonly forbidden: Verb | null;
  /** What went wrong with the last attempt; null where all is well. */
  readonly problem: string | null;
}

export interface WatchCache {
  start(): void;
  /** Why what is kept cannot be used as facts; null where it can. Asked several times for each review. */
  unknown(): UnknownCause | null;
  state(): WatchState;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/**
 * A watch that has died is noticed when its time is over, so it is short: one request a minute costs nothing. It ends with
 * a bookmark where there was something to bookmark, 2 s before (apiserver storage/cacher/cache_watcher.go).
 */
const LONGEST_WATCH_SECONDS = 60;
/** A watch that is closed at once, each time, must not become a loop without a pause; a longer one ends all trouble. */
const SHORT_WATCH_MS = 1_000;

export function createWatchCache(options: WatchCacheOptions): WatchCache {
  const { resource, client, sink, maxStalenessMs, monotonicMs, random, onEvent } = options;
  const { path } = RESOURCES[resource];
  const closing = new AbortController();
  const { signal } = closing;
  let running: Promise<void> | null = null;
  let isSynced = false;
  let heardAtMs: number | null = null;
  let forbidden: Verb | null = null;
  let problem: string | null = null;

  const whyUnknown = (): UnknownCause | null => {
    const isStale = heardAtMs !== null && monotonicMs() - heardAtMs > maxStalenessMs;
    // A right that was lost later is like an outage: what was known may have spoken against a pod.
    if (isSynced) return isStale ? "stale" : null;
    return forbidden !== null ? "forbidden" : "not synced";
  };

  const succeeded = (verb: Verb): void => {
    problem = null;
    if (forbidden !== verb) return;
    forbidden = null;
    onEvent({ kind: "allowed", right: { verb, resource } });
  };

  const list = async (cause: ListCause): Promise<{ resourceVersion: string | null; failure: Failure | null }> => {
    const startedMs = performance.now();
    // The list is from after this moment, however long its pages take.
    const askedAtMs = monotonicMs();
    const listed = await listPages(client, path, sink, signal);
    if (listed.kind !== "listed") return { resourceVersion: null, failure: listed };
    heardAtMs = askedAtMs;
    succeeded("list");
    const { objects, pages, resourceVersion } = listed;
    onEvent({ kind: "listed", resource, cause, objects, pages, tookMs: performance.now() - startedMs });
    return { resourceVersion, failure: null };
  };

  /** Half of the staleness at most, so that there is time for a list after a watch that said nothing. */
  const lifeSeconds = (): number => {
    const most = Math.min(LONGEST_WATCH_SECONDS, maxStalenessMs / 2000);
    return Math.max(1, Math.round(most * (0.8 + 0.2 * random())));
  };

  const run = async (): Promise<void> => {
    let resourceVersion: string | null = null;
    let cause: ListCause = "start";
    /** How often in a row the same trouble was met. */
    let failures = 0;
    let trouble: string | null = null;
    while (!signal.aborted) {
      let failure: Failure | null;
      const verb = resourceVersion === null ? "list" : "watch";
      if (resourceVersion === null) {
        ({ resourceVersion, failure } = await list(cause));
      } else {
        const ended = await watchFrom({
          client,
          path,
          resourceVersion,
          lifeSeconds: lifeSeconds(),
          sink,
          closing: signal,
          onOpen() {
            succeeded("watch");
            onEvent({ kind: "watching", resource, isFirst: !isSynced });
            isSynced = true;
          },
          onEvent(type, name) {
            heardAtMs = monotonicMs();
            failures = 0;
            onEvent({ kind: "watched", resource, type, name });
          },
        });
        if (ended.livedMs >= SHORT_WATCH_MS) failures = 0;
        failure = ended.failure;
        const doubt = doubtAfter(failure, ended.events);
        resourceVersion = doubt === null ? ended.resourceVersion : null;
        cause = doubt ?? cause;
        if (failure === null && ended.livedMs < SHORT_WATCH_MS) failure = CLOSED_AT_ONCE;
      }
      if (failure === null || signal.aborted) continue;
      problem = `${verb}: ${failure.why}`;
      // An API server that is back after an outage answers 410 to a watch: that is no reason to wait longer still.
      if (troubleOf(failure) !== trouble) failures = 0;
      trouble = troubleOf(failure);
      const retryInMs = backoffMs(failures, failure, random);
      failures += 1;
      if (failure.kind === "forbidden") {
        const isNew = forbidden !== verb;
        forbidden = verb;
        onEvent({ kind: "forbidden", right: { verb, resource }, isNew, said: failure.why });
      } else {
        onEvent({ kind: "failed", resource, verb, why: failure.why, retryInMs });
      }
      await pause(retryInMs, signal);
    }
  };

  return {
    start() {
      running ??= run();
    },
    unknown: whyUnknown,
    state() {
      const ageMs = heardAtMs === null ? null : monotonicMs() - heardAtMs;
      return { isSynced, ageMs, forbidden, problem };
    },
    async close() {
      closing.abort(new Error("closed"));
      await running;
    },
  };
}

const CLOSED_AT_ONCE: Failure = {
  kind: "failed",
  why: "the watch was closed at once",
  isUnreachable: false,
  isTemporary: true,
  retryAfterMs: null,
};

function troubleOf(failure: Failure): string {
  if (failure.kind === "failed" && failure.isUnreachable) return "unreachable";
  return failure.kind === "forbidden" ? "forbidden" : "answered";
}

/** Why the next attempt has to be a list; null where a watch can go on from where this one ended. */
function doubtAfter(failure: Failure | null, events: number): ListCause | null {
  // Nothing happened, and the API server had nothing to bookmark; or etcd was restored to an older state, and a watch from
  // a later resourceVersion hears nothing. A list tells, and in a cluster that quiet it is short.
  if (failure === null) return events === 0 ? "silent" : null;
  switch (failure.kind) {
    case "gone":
    case "silent":
      return failure.kind;
    case "forbidden":
      return null;
    case "failed":
      return failure.isTemporary ? null : "failed";
    default:
      return failure satisfies never;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
