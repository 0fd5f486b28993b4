// One replica's process, as a simulation runs it: it may lose its connection, sleep, and end at any operation.
import { X509Certificate } from "node:crypto";
import type { CertificateMaker } from "../../src/tls/authority.ts";
import type { CertificateEvent } from "../../src/tls/certificate-event.ts";
import type { Lifetimes } from "../../src/tls/lifetimes.ts";
import { createReplica, type Replica } from "../../src/tls/replica.ts";
import { findServedProblem } from "../../src/tls/served-certificate.ts";
import type { KeyPair } from "../../src/tls/source.ts";
import type { Fate, MemoryCluster, MemoryWebhook, Operation } from "./memory-cluster.ts";
import { isTaken, takenUntil } from "./served-truth.ts";
import { DAY } from "./simulated-time.ts";

/** What the webhook's Service is called by. */
export const HOST = "kata-thp-webhook.kata-thp.svc";

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

export interface Process extends SimulatedReplica {
  check(): Promise<void>;
  /** What should be so and is not. */
  brokenClaim(damagedAt: number, readyWithinMs: number): string | null;
}

export interface ProcessOptions {
  readonly ahead: number;
  readonly cluster: MemoryCluster;
  readonly lifetimes: Lifetimes;
  readonly maker: CertificateMaker;
  readonly wall: () => number;
  readonly pause: () => Promise<void>;
  readonly onEvent: (event: CertificateEvent) => void;
}

export function createProcess({ ahead, cluster, lifetimes, maker, wall, pause, onEvent }: ProcessOptions): Process {
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
  let wasSuspended = false;
  /** The check after a sleep: whatever ended meanwhile can only be replaced by a CA that is then read for a while. */
  let wokeAt = -Infinity;
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
        isShared: false,
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
        wasSuspended = true;
        return;
      }
      if (wasSuspended) wokeAt = wall();
      wasSuspended = false;
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
        // Nobody is sent there: it has to say itself that it is not ready.
        const hasOverslept = wokeAt === wall() && wall() >= pair.notAfter.getTime() && process.problem() !== null;
        if (hasOverslept) return null;
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
