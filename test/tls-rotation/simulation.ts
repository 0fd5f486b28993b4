// Replicas over a cluster in memory, minute by minute, with a clock that only the test moves.
import { X509Certificate } from "node:crypto";
import { type Authority, type CertificateMaker, issueLeaf, makeAuthority } from "../../src/tls/authority.ts";
import { buildBundle } from "../../src/tls/ca-bundle.ts";
import { toSecretData } from "../../src/tls/ca-secret.ts";
import type { CertificateEvent } from "../../src/tls/certificate-event.ts";
import { LIFETIMES, type Lifetimes } from "../../src/tls/lifetimes.ts";
import { createReplica, type Replica } from "../../src/tls/replica.ts";
import { findServedProblem } from "../../src/tls/served-certificate.ts";
import type { KeyPair } from "../../src/tls/source.ts";
import {
  createMemoryCluster,
  type Fate,
  type MemoryCluster,
  type MemoryWebhook,
  type Operation,
} from "./memory-cluster.ts";
import { isTaken, takenUntil } from "./served-truth.ts";

export const MINUTE = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
export const HOST = "kata-thp-webhook.kata-thp.svc";

export interface SimulationOptions {
  /** How far each replica's clock is ahead of the API server's. */
  readonly aheadMs: readonly number[];
  /** Whether the API server's answers say what time it is; default true. */
  readonly hasServerTime?: boolean;
  /** Orders what replicas do at the same time; default 1. */
  readonly seed?: number;
  readonly lifetimes?: Lifetimes;
  /** The Secret and the caBundles hold a CA that is so old already; default: nothing is there yet. */
  readonly authorityAgeMs?: number;
}

/** A year in two days, in the same proportions as far as minutes allow: for tests that live through many. */
export const SHORT_LIFETIMES: Lifetimes = {
  ...LIFETIMES,
  authorityMs: 48 * HOUR,
  leafMs: 6 * HOUR,
  backdateMs: 10 * MINUTE,
  offlineMs: 8 * HOUR,
  skewMs: HOUR,
};

export interface Happening {
  readonly at: number;
  readonly replica: number;
  readonly event: CertificateEvent;
}

export interface SimulatedReplica {
  /** It cannot reach the API server. */
  isCutOff: boolean;
  /** What becomes of an operation, where one is to go wrong. */
  strike: ((operation: Operation) => Fate) | null;
  aheadMs: number;
  /** Its machine sleeps: nothing is done, and its monotonic clock stands still. */
  isSuspended: boolean;
  readonly pair: () => KeyPair | null;
  /** Why it is not ready, by the webhook's own check. */
  readonly problem: () => string | null;
  /** Another process with an empty memory. */
  restart(): void;
}

export interface Simulation {
  now(): number;
  readonly cluster: MemoryCluster;
  readonly replicas: readonly SimulatedReplica[];
  readonly happenings: readonly Happening[];
  /** Somebody changed Secret or caBundles: what an offline replica knew of them counts no more. */
  damage(change: (cluster: MemoryCluster) => void): void;
  /**
   * Every minute: the checks, then the claims that must hold. Throws the first that does not.
   *
   * @param checkEveryMinutes default 1; more for long times without a change, and then not all replicas check at once
   */
  run(minutes: number, checkEveryMinutes?: number): Promise<void>;
}

const START = Date.parse("2026-01-01T00:00:00Z");
/** A first leaf has to come within so many checks: patience, settling, conflicts, another replica that ends half way. */
const CHECKS_TO_READY = 8;

export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { aheadMs, hasServerTime = true, lifetimes = LIFETIMES } = options;
  let now = START;
  const random = mulberry32(options.seed ?? 1);
  const cluster = createMemoryCluster(() => (hasServerTime ? Math.floor(now / 1000) * 1000 : null));
  cluster.setWebhooks([webhook("enforce.kata-thp.dev"), webhook("observe.kata-thp.dev")]);
  if (options.authorityAgeMs !== undefined) {
    const notBefore = now - options.authorityAgeMs;
    const current = await memoizedMaker(-1).makeAuthority({ notBefore, notAfter: notBefore + lifetimes.authorityMs });
    cluster.setSecret(toSecretData({}, { current, next: null, retired: [] }));
    cluster.setBundles(buildBundle([current]));
  }
  const happenings: Happening[] = [];
  let damagedAt = -Infinity;

  const processes = aheadMs.map((ahead, index) =>
    createProcess({
      ahead,
      cluster,
      lifetimes,
      // The long life is lived once, with a key of its own for every leaf.
      maker: lifetimes === LIFETIMES ? { makeAuthority, issueLeaf } : memoizedMaker(index),
      wall: () => now,
      pause: async () => {
        for (let ticks = Math.floor(random() * 4); ticks > 0; ticks -= 1) await Promise.resolve();
      },
      onEvent: (event) => happenings.push({ at: now, replica: index, event }),
    }),
  );

  async function minute(index: number, checkEveryMinutes: number): Promise<void> {
    now += MINUTE;
    await Promise.all(
      processes.map(async (process, replica) => {
        if ((index + replica) % checkEveryMinutes === 0) await process.check();
      }),
    );
    for (const [replica, process] of processes.entries()) {
      const claim = process.brokenClaim(damagedAt, CHECKS_TO_READY * checkEveryMinutes * MINUTE);
      if (claim !== null) throw new Error(`${new Date(now).toISOString()}, replica ${replica}: ${claim}`);
    }
  }

  return {
    now: () => now,
    cluster,
    replicas: processes,
    happenings,
    damage(change) {
      damagedAt = now;
      change(cluster);
    },
    async run(minutes, checkEveryMinutes = 1) {
      for (let index = 0; index < minutes; index += 1) await minute(index, checkEveryMinutes);
    },
  };
}

interface Process extends SimulatedReplica {
  check(): Promise<void>;
  /** What should be so and is not. */
  brokenClaim(damagedAt: number, readyWithinMs: number): string | null;
}

interface ProcessOptions {
  readonly ahead: number;
  readonly cluster: MemoryCluster;
  readonly lifetimes: Lifetimes;
  readonly maker: CertificateMaker;
  readonly wall: () => number;
  readonly pause: () => Promise<void>;
  readonly onEvent: (event: CertificateEvent) => void;
}

function createProcess({ ahead, cluster, lifetimes, maker, wall, pause, onEvent }: ProcessOptions): Process {
  let sleptMs = 0;
  let lastWall = wall();
  let pair: KeyPair | null = null;
  let served: X509Certificate | null = null;
  let replica: Replica;
  let incarnation = 0;
  /** Ends the wait for a check of a process that is gone. */
  let giveUp: () => void = () => {};
  /** Since when every check went well. */
  let wellSince = Infinity;
  let lastOnline = -Infinity;
  let wasStruck = false;
  /** The caBundles of a minute ago, where they took the leaf that was served then. */
  let lastMinute: readonly MemoryWebhook[] | null = null;
  let calm: { pair: KeyPair | null; webhooks: unknown; until: number } | null = null;
  let examined: { pair: KeyPair | null; webhooks: unknown; day: number } | null = null;

  const process: Process = {
    isCutOff: false,
    strike: null,
    aheadMs: ahead,
    isSuspended: false,
    pair: () => pair,
    problem() {
      if (pair === null || served === null) return "it has no leaf";
      const { entries } = replica.state();
      return findServedProblem({
        served,
        current: pair,
        entries: entries ?? [],
        now: new Date(wall() + process.aheadMs),
      });
    },
    restart() {
      incarnation += 1;
      pair = null;
      wellSince = Infinity;
      replica = start();
      giveUp();
    },
    async check() {
      if (process.isSuspended) sleptMs += wall() - lastWall;
      lastWall = wall();
      if (process.isSuspended) {
        wellSince = Infinity;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        giveUp = resolve;
        replica.check().then(resolve, reject);
      });
      const isWell = !process.isCutOff && !wasStruck;
      wasStruck = false;
      if (isWell) lastOnline = wall();
      wellSince = isWell ? Math.min(wellSince, wall()) : Infinity;
    },
    brokenClaim(damagedAt, readyWithinMs) {
      const webhooks = cluster.webhooks() ?? [];
      const late = lastMinute;
      // As a minute ago, and by its dates good for longer: nothing to look at.
      if (calm?.pair === pair && calm.webhooks === webhooks && late === webhooks && wall() < calm.until) return null;
      lastMinute = pair !== null && isTaken(pair, webhooks, wall()) ? webhooks : null;
      if (process.isSuspended) return null;
      // An API server that sees all changes a minute late took the leaf of that minute, and has to take this one.
      if (pair !== null && late !== null && !isTaken(pair, late, wall()) && wall() < pair.notAfter.getTime()) {
        return `serves a leaf of ${pair.notAfter.toISOString()} that the caBundles of a minute ago do not take`;
      }
      if (pair !== null && !isTaken(pair, webhooks, wall())) {
        const isUnaware = lastOnline < wall() && (damagedAt >= lastOnline || wall() >= pair.notAfter.getTime());
        if (!isUnaware || (damagedAt < lastOnline && process.problem() === null)) {
          return `serves a leaf of ${pair.notAfter.toISOString()} that the caBundles do not take`;
        }
      }
      const isLooked =
        examined?.pair === pair && examined.webhooks === webhooks && examined.day === Math.floor(wall() / DAY);
      if (isLooked || wall() - wellSince < readyWithinMs || webhooks.length === 0) return null;
      examined = { pair, webhooks, day: Math.floor(wall() / DAY) };
      const tomorrow = (examined.day + 1) * DAY;
      calm = { pair, webhooks, until: pair === null ? 0 : Math.min(tomorrow, takenUntil(pair, webhooks, wall())) };
      const problem = process.problem();
      return problem === null ? null : `is not ready: ${problem} (${replica.state().problem})`;
    },
  };

  function start(): Replica {
    const own = incarnation;
    const isMine = (): boolean => own === incarnation;
    const store = cluster.store(async (operation) => {
      await pause();
      // A process that was replaced does nothing any more, also not what it had on its way.
      if (!isMine()) return "hang";
      const fate = process.isCutOff ? "refuse" : (process.strike?.(operation) ?? "pass");
      wasStruck ||= fate !== "pass";
      if (fate === "hang" || fate === "die") queueMicrotask(() => isMine() && process.restart());
      return fate;
    });
    return createReplica({
      store,
      names: [HOST],
      clock: () => ({ now: wall() + process.aheadMs, monotonicMs: wall() - sleptMs }),
      lifetimes,
      maker,
      onEvent,
      onPair(next) {
        if (!isMine()) return;
        pair = next;
        served = new X509Certificate(next.cert);
      },
    });
  }

  replica = start();
  return process;
}

const made = new Map<string, Promise<Authority>>();
const issued = new Map<string, Promise<KeyPair>>();

/** Makes real certificates, and each one once: another simulation asks for the same at the same minute. */
function memoizedMaker(replica: number): CertificateMaker {
  return {
    makeAuthority: async (validity) =>
      await once(made, JSON.stringify([replica, validity]), () => makeAuthority(validity)),
    issueLeaf: async (authority, names, validity, now) =>
      await once(issued, JSON.stringify([replica, authority.id, names, validity]), () =>
        issueLeaf(authority, names, validity, now),
      ),
  };
}

async function once<T>(known: Map<string, Promise<T>>, key: string, build: () => Promise<T>): Promise<T> {
  const promise = known.get(key) ?? build();
  known.set(key, promise);
  return await promise;
}

function webhook(name: string): MemoryWebhook {
  return { name, host: HOST, caBundle: "" };
}

/** Random numbers that a seed repeats, in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
