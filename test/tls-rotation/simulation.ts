// Replicas over a cluster in memory, minute by minute, with a clock that only the test moves.
import { issueLeaf, makeAuthority } from "../../src/tls/authority.ts";
import { buildBundle } from "../../src/tls/ca-bundle.ts";
import { toSecretData } from "../../src/tls/ca-secret.ts";
import type { CertificateEvent } from "../../src/tls/certificate-event.ts";
import { LIFETIMES, type Lifetimes } from "../../src/tls/lifetimes.ts";
import { memoizedMaker } from "./memoized-maker.ts";
import { createMemoryCluster, type MemoryCluster, type MemoryWebhook } from "./memory-cluster.ts";
import { createProcess, HOST, type SimulatedReplica } from "./simulated-process.ts";
import { HOUR, MINUTE } from "./simulated-time.ts";

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
