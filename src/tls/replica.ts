// One replica's part: reads the cluster, does what rotation.ts says, and holds the pair that is served.
import { type Authority, type CertificateMaker, issueLeaf, makeAuthority } from "./authority.ts";
import { type AuthorityCertificate, buildBundle } from "./ca-bundle.ts";
import { toSecretData } from "./ca-secret.ts";
import { type CertificateEvent, unexpectedly } from "./certificate-event.ts";
import type {
  BundleChange,
  CertificateStore,
  StoreConflict,
  StoredSecret,
  StoredWebhook,
  StoreFailure,
} from "./certificate-store.ts";
import { createClusterReadings, type Reading } from "./cluster-reading.ts";
import { type LeafOrder, nextLeaf } from "./leaf-order.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { agreeOnNew, nextStep } from "./rotation.ts";
import type { Step } from "./rotation-steps.ts";
import { type TrustingEntry, withReading } from "./sightings.ts";
import { type Clock, type Memory, remember } from "./situation.ts";
import type { KeyPair } from "./source.ts";

export interface ReplicaOptions {
  readonly store: CertificateStore;
  /** DNS names and addresses of the leaf. A webhook entry is ours if the API server calls it by one of them. */
  readonly names: readonly string[];
  readonly clock: () => Clock;
  readonly lifetimes: Lifetimes;
  readonly onEvent: (event: CertificateEvent) => void;
  /** Called with every pair that replaces the one before. */
  readonly onPair: (pair: KeyPair) => void;
  /** Default: authority.ts. Tests that live through hundreds of years make each certificate once. */
  readonly maker?: CertificateMaker;
}

export interface Replica {
  /**
   * One pass: read, then step by step whatever can be done now. Not to be called twice at once. Rejects on a bug alone,
   * which it has told by then; the next pass may do.
   */
  check(): Promise<void>;
  state(): ReplicaState;
}

export interface ReplicaState {
  /** The CA that signs leaves, as it was read last; null before that. */
  readonly authority: AuthorityCertificate | null;
  /** Our entries as they were read last, or written since; null before the first reading. */
  readonly entries: readonly TrustingEntry[] | null;
  /** A leaf of an agreed CA is served. */
  readonly hasLeaf: boolean;
  /** What stood in the way of the last pass, as a sentence. */
  readonly problem: string | null;
}

/** What came of a write: how things stand now, or that somebody else was first, or that it failed. */
type Written = Reading | StoreConflict | StoreFailure;

/** A pass in which all goes well has at most five; conflicts with other replicas cost two each. */
const MOST_STEPS = 20;
/** So often somebody else may be first, in one pass, before it goes on without that write. */
const MOST_CONFLICTS = 5;

export function createReplica(options: ReplicaOptions): Replica {
  const { store, names, clock, lifetimes, onEvent, onPair, maker = { makeAuthority, issueLeaf } } = options;
  const readings = createClusterReadings(store, names);
  let memory: Memory = { agreed: null, confirmedAt: 0, leaf: null, sightings: null, lostSinceMs: null };
  /** The data of the Secret that `memory.agreed` stood in: it comes back whole when the Secret is deleted. */
  let data: StoredSecret["data"] = {};
  let entries: readonly TrustingEntry[] | null = null;
  let problem: string | null = null;

  async function read(): Promise<Reading | StoreFailure> {
    const reading = await readings.read();
    if (reading.kind === "failed") return reading;
    if (reading.kind === "partial") {
      take(reading.reading);
      return { kind: "failed", why: reading.why };
    }
    take(reading);
    ({ entries } = reading.seen);
    memory = { ...memory, sightings: withReading(memory.sightings, entries, clock().monotonicMs) };
    return reading;
  }

  /** Remembers what the Secret says. */
  function take({ stored, seen }: Reading): void {
    memory = remember(seen, memory, clock(), lifetimes);
    if (stored !== null && memory.lostSinceMs === null) ({ data } = stored);
  }

  async function write(reading: Reading, step: Extract<Step, { kind: "write" | "make" }>): Promise<Written> {
    const agreed = step.kind === "write" ? step.agreed : agreeOnNew(step, await makeOwnAuthority(reading));
    const written = await store.writeSecret(reading.stored, toSecretData(reading.stored?.data ?? data, agreed));
    if (written.kind !== "written") return written;
    const next = readings.withSecret(reading, written.secret);
    take(next);
    onEvent({ kind: "secret", cause: step.cause, authority: agreed.current.id });
    return next;
  }

  async function makeOwnAuthority({ seen }: Reading): Promise<Authority> {
    const now = seen.serverTime ?? clock().now;
    return await maker.makeAuthority({ notBefore: now - lifetimes.backdateMs, notAfter: now + lifetimes.authorityMs });
  }

  async function patch(reading: Reading, { bundles }: Extract<Step, { kind: "patch" }>): Promise<Written> {
    const changes = [...bundles].map(([index, authorities]): BundleChange => ({
      webhook: reading.webhooks[index] as StoredWebhook,
      caBundle: buildBundle(authorities),
    }));
    const written = await store.patchWebhooks(changes);
    if (written.kind !== "written") return written;
    const next = readings.withWebhooks(reading, written.webhooks);
    ({ entries } = next.seen);
    onEvent({ kind: "bundles", webhooks: changes.map(({ webhook }) => webhook.name) });
    return next;
  }

  /** Why it could not be made; null where it is served. */
  async function issue({ authority, cause, notBefore, notAfter }: LeafOrder): Promise<string | null> {
    let pair: KeyPair;
    try {
      pair = await maker.issueLeaf(authority, names, { notBefore, notAfter }, new Date(clock().now));
    } catch (error) {
      return `no certificate can be made from CA ${authority.id}: ${error instanceof Error ? error.message : String(error)}`;
    }
    const leaf = { authority, notBefore: pair.notBefore.getTime(), notAfter: pair.notAfter.getTime() };
    // First: a pair that is not taken is made again at the next pass.
    onPair(pair);
    memory = { ...memory, leaf };
    const { fingerprint } = pair;
    onEvent({ kind: "leaf", cause, fingerprint, notAfter: pair.notAfter, authority: authority.id });
    return null;
  }

  /** Without the API server a leaf is still renewed, with the key that is in memory. */
  async function renewFromMemory(): Promise<void> {
    const { agreed, leaf, confirmedAt } = memory;
    if (agreed === null || leaf === null) return;
    const { now } = clock();
    const order = nextLeaf({
      current: agreed.current,
      leaf,
      sighting: null,
      isOldTrusted: false,
      confirmedAt,
      now,
      lifetimes,
    });
    if (order !== null) await issue(order);
  }

  /** Resolves to what stands in the way. */
  async function pass(): Promise<string | null> {
    const failures: string[] = [];
    const blocked = new Set<"secret" | "webhooks">();
    let conflicts = 0;
    let reading = await read();
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      if (reading.kind === "failed") {
        await renewFromMemory();
        return reading.why;
      }
      const step = nextStep(reading.seen, memory, blocked, clock(), lifetimes);
      if (step.kind === "wait") return failures[0] ?? step.problem;
      if (step.kind === "leaf") {
        const why = await issue(step.order);
        if (why !== null) return why;
        continue;
      }
      const written = step.kind === "patch" ? await patch(reading, step) : await write(reading, step);
      if (written.kind === "reading") {
        reading = written;
        continue;
      }
      if (written.kind === "conflict") conflicts += 1;
      if (written.kind === "failed" || conflicts > MOST_CONFLICTS) {
        blocked.add(step.kind === "patch" ? "webhooks" : "secret");
        failures.push(written.why);
      }
      // Also where it failed: it may have been done, and only the answer was lost.
      reading = await read();
    }
    return failures[0] ?? `not done after ${MOST_STEPS} steps`;
  }

  return {
    async check() {
      const before = problem;
      try {
        problem = await pass();
      } catch (error) {
        problem = unexpectedly("a check ended with", error);
        try {
          await renewFromMemory();
        } finally {
          if (problem !== before) onEvent({ kind: "problem", why: problem, error });
        }
        throw error;
      }
      if (problem !== before) onEvent({ kind: "problem", why: problem });
    },
    state: () => ({ authority: memory.agreed?.current ?? null, entries, hasLeaf: memory.leaf !== null, problem }),
  };
}
