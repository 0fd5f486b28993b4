// Volume modes of PersistentVolumeClaims: one GET by name, within the time that the review has.
import { type Known, known, unknown, type VolumeMode } from "../engine/facts.ts";
import type { ApiClient } from "./api-client.ts";
import { type Failure, toFailure, unreachable } from "./api-answer.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import { readText } from "./response-body.ts";
import { RESOURCES } from "./rights.ts";
import { claimKey } from "./snapshot-objects.ts";
import { createWatchdog } from "./watchdog.ts";

export interface ClaimCacheOptions {
  readonly client: ApiClient;
  readonly monotonicMs: () => number;
  readonly onEvent: (event: ClusterEvent) => void;
}

export interface ClaimCache {
  /** Resolves within `budgetMs`, and never rejects. Whoever asks for the same claim meanwhile shares the GET. */
  mode(namespace: string, name: string, budgetMs: number): Promise<Known<VolumeMode>>;
  size(): number;
  close(): void;
}

/**
 * How long an answer is used. A claim's volumeMode cannot change, but a claim can be deleted and made anew under its name.
 * A Block that is none any more would have a pod patched that loses data, so it is believed only for as long as the
 * replicas of one Deployment take to be created; a Filesystem that is none any more only leaves a pod alone. A claim that
 * is not found may be there a moment later, and what failed may work: neither is kept.
 */
const HOLDS_MS = { Block: 5_000, Filesystem: 30_000, forbidden: 10_000 } as const;
const MOST_CLAIMS = 10_000;
/** Claims that are asked for at once, by all reviews together: more would wait for longer than their reviews do. */
const MOST_ASKED = 1_000;
/** An object in etcd has at most 1.5 MB. */
const LONGEST_CLAIM = 8 * 1024 * 1024;
/** A right that goes on missing is worth another line in the log after so long. */
const REMIND_MS = 10 * 60_000;
/** Names as the API server takes them (DNS-1123); any other has no claim, and must not reach a path. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

interface Kept {
  readonly fact: Known<VolumeMode>;
  readonly untilMs: number;
}

interface Asked {
  readonly answer: Promise<Fetched>;
  /** Lets the GET go on for as long as the most patient who waits. */
  waitFor(budgetMs: number): void;
}

interface Fetched {
  readonly fact: Known<VolumeMode>;
  readonly why: string | null;
}

const TIMED_OUT: Fetched = { fact: unknown("timeout"), why: null };

export function createClaimCache({ client, monotonicMs, onEvent }: ClaimCacheOptions): ClaimCache {
  const closing = new AbortController();
  const kept = new Map<string, Kept>();
  const asked = new Map<string, Asked>();
  let forbiddenAtMs = Number.NEGATIVE_INFINITY;

  const keep = (key: string, { fact }: Fetched): void => {
    const holdsMs = fact.kind === "known" ? HOLDS_MS[fact.value] : fact.why === "forbidden" ? HOLDS_MS.forbidden : 0;
    kept.delete(key);
    if (holdsMs === 0) return;
    if (kept.size >= MOST_CLAIMS) kept.delete(kept.keys().next().value ?? "");
    kept.set(key, { fact, untilMs: monotonicMs() + holdsMs });
  };

  /** Rights may be given namespace by namespace, so one claim that can be read says nothing of another. */
  const noteMissingRight = ({ fact, why }: Fetched): void => {
    if (fact.kind === "known" || fact.why !== "forbidden") return;
    const isNew = monotonicMs() - forbiddenAtMs >= REMIND_MS;
    if (isNew) forbiddenAtMs = monotonicMs();
    const right = { verb: "get", resource: "persistentvolumeclaims" } as const;
    onEvent({ kind: "forbidden", right, isNew, said: why ?? "" });
  };

  const ask = (key: string, path: string): Asked => {
    const watchdog = createWatchdog(closing.signal);
    let endsMs = Number.NEGATIVE_INFINITY;
    const settle = async (): Promise<Fetched> => {
      const fetched = await fetchMode(client, path, watchdog.signal);
      watchdog.stop();
      asked.delete(key);
      keep(key, fetched);
      noteMissingRight(fetched);
      return fetched;
    };
    return {
      answer: settle(),
      waitFor(budgetMs) {
        const wantedMs = performance.now() + budgetMs;
        if (wantedMs <= endsMs) return;
        endsMs = wantedMs;
        watchdog.allow(budgetMs, "timeout");
      },
    };
  };

  const find = async (namespace: string, name: string, budgetMs: number): Promise<Fetched & { isCached: boolean }> => {
    if (!NAMESPACE.test(namespace) || !NAME.test(name))
      return { fact: unknown("not found"), why: null, isCached: true };
    const key = claimKey(namespace, name);
    const found = kept.get(key);
    if (found !== undefined && found.untilMs > monotonicMs()) return { fact: found.fact, why: null, isCached: true };
    if (budgetMs <= 0 || closing.signal.aborted) return { ...TIMED_OUT, isCached: false };
    let entry = asked.get(key);
    if (entry === undefined) {
      if (asked.size >= MOST_ASKED) return { ...TIMED_OUT, isCached: false };
      entry = ask(key, `${RESOURCES.persistentvolumeclaims.path}/${namespace}/persistentvolumeclaims/${name}`);
      asked.set(key, entry);
    }
    entry.waitFor(budgetMs);
    return { ...(await within(entry.answer, budgetMs)), isCached: false };
  };

  return {
    async mode(namespace, name, budgetMs) {
      const startedMs = performance.now();
      const { fact, why, isCached } = await find(namespace, name, budgetMs);
      const outcome = fact.kind === "known" ? "known" : fact.why;
      onEvent({ kind: "claim", outcome, isCached, tookMs: performance.now() - startedMs, why });
      return fact;
    },
    size: () => kept.size,
    close: () => closing.abort(new Error("closed")),
  };
}

/** Asks the API server. Resolves always: what is neither there, absent nor forbidden did not come in time. */
async function fetchMode(client: ApiClient, path: string, signal: AbortSignal): Promise<Fetched> {
  try {
    const answer = await client.get(path, signal);
    if (answer.status === 404) {
      answer.body.resume();
      return { fact: unknown("not found"), why: null };
    }
    if (answer.status !== 200) return fetchedFrom(await toFailure(answer));
    const { spec } = JSON.parse(await readText(answer.body, LONGEST_CLAIM)) as {
      readonly spec?: { readonly volumeMode?: unknown };
    };
    // Absent means Filesystem; and whatever else there may be one day is no block device that we know of.
    return { fact: known(spec?.volumeMode === "Block" ? "Block" : "Filesystem"), why: null };
  } catch (error) {
    return signal.aborted ? TIMED_OUT : fetchedFrom(unreachable(error));
  }
}

function fetchedFrom(failure: Failure): Fetched {
  return { fact: unknown(failure.kind === "forbidden" ? "forbidden" : "timeout"), why: failure.why };
}

async function within(answer: Promise<Fetched>, budgetMs: number): Promise<Fetched> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Fetched>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), budgetMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
