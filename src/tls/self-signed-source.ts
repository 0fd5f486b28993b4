// Certificates of our own making, agreed on by all replicas, as a source for the server.
import { issueLeaf, makeAuthority } from "./authority.ts";
import type { CertificateEvent } from "./certificate-event.ts";
import type { CertificateStore } from "./certificate-store.ts";
import { LIFETIMES, type Lifetimes } from "./lifetimes.ts";
import { createReplica, type ReplicaState } from "./replica.ts";
import type { CertificateSource, KeyPair } from "./source.ts";

export interface SelfSignedOptions {
  readonly store: CertificateStore;
  /** DNS names and addresses that the API server calls the server by, as in webhook.ns.svc; at least one. */
  readonly names: readonly string[];
  /** The wall clock. */
  readonly now: () => Date;
  readonly onEvent: (event: CertificateEvent) => void;
  /** A clock that nobody sets, in milliseconds; default performance.now. */
  readonly monotonicMs?: () => number;
  /** The source of jitter, in [0, 1); default Math.random. */
  readonly random?: () => number;
  readonly lifetimes?: Lifetimes;
  /** How often the cluster is read, and the wall clock looked at; default 10 s. */
  readonly pollMs?: number;
}

export interface SelfSignedSource extends CertificateSource {
  /** Reads and does what there is to do; one at a time, a call during a pass waits for that one. Never rejects. */
  check(): Promise<void>;
  /** Checks from now on at every poll. */
  start(): void;
  /**
   * A client broke a handshake off: if that was the API server, somebody may have changed a caBundle. Checks at once, and
   * at most once a second, however often it is called.
   */
  suspect(): void;
  state(): ReplicaState;
}

/** A caBundle that somebody removed has to be back within 30 s, also when one request is lost. */
const POLL_MS = 10_000;
/** While there is no leaf yet, and between two suspicions. */
const QUICK_MS = 1_000;
/** A first leaf takes six; a right that is missing takes a person. */
const MOST_QUICK = 60;
const JITTER = 0.2;

/**
 * Until the first check succeeds it serves a certificate that nobody trusts, so that the server can start and say why it
 * is not ready.
 */
export async function createSelfSignedSource(options: SelfSignedOptions): Promise<SelfSignedSource> {
  const { store, names, now, onEvent, lifetimes = LIFETIMES, pollMs = POLL_MS, random = Math.random } = options;
  const monotonicMs = options.monotonicMs ?? ((): number => performance.now());
  const listeners: ((pair: KeyPair) => void)[] = [];
  let pair = await makeStopgap(names, now(), lifetimes);
  const replica = createReplica({
    store,
    names,
    clock: () => ({ now: now().getTime(), monotonicMs: monotonicMs() }),
    lifetimes,
    onEvent,
    onPair: (next) => {
      pair = next;
      for (const listener of listeners) listener(next);
    },
  });

  let checking: Promise<void> | null = null;
  let lastCheckMs = -Infinity;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;
  let isStarted = false;
  let isClosed = false;

  async function check(): Promise<void> {
    checking ??= replica
      .check()
      .then(() => {
        failures = replica.state().problem === null ? 0 : failures + 1;
      })
      .catch(() => {
        // The replica has told of it, if anybody could be told. The pair from before is served, which a process that ended
        // would not have, and the next check begins anew.
        failures += 1;
      })
      .finally(() => {
        checking = null;
        lastCheckMs = monotonicMs();
        schedule(delayMs());
      });
    await checking;
  }

  /** Replicas that started together do not stay together. */
  function delayMs(): number {
    const isQuick = !replica.state().hasLeaf && failures < MOST_QUICK;
    return (isQuick ? Math.min(QUICK_MS, pollMs) : pollMs) * (1 - JITTER * random());
  }

  function schedule(inMs: number): void {
    if (!isStarted || isClosed) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      void check();
    }, inMs);
    timer.unref();
  }

  return {
    current: () => pair,
    onChange: (listener) => {
      listeners.push(listener);
    },
    check,
    start() {
      isStarted = true;
      schedule(checking === null ? 0 : pollMs);
    },
    suspect() {
      if (checking === null) schedule(Math.max(0, lastCheckMs + QUICK_MS - monotonicMs()));
    },
    state: () => replica.state(),
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await checking;
    },
  };
}

async function makeStopgap(names: readonly string[], now: Date, { backdateMs, leafMs }: Lifetimes): Promise<KeyPair> {
  const validity = { notBefore: now.getTime() - backdateMs, notAfter: now.getTime() + leafMs };
  return await issueLeaf(await makeAuthority(validity), names, validity, now);
}
