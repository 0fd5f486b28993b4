// What a replica knows when it decides: what it has just read, what it remembers, and what time it is.
import type { AuthorityCertificate } from "./ca-bundle.ts";
import type { AgreedAuthorities, ParsedSecret } from "./ca-secret.ts";
import type { ServedLeaf } from "./leaf-order.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { isInEveryEntry, type Sighting, type Sightings, type TrustingEntry } from "./sightings.ts";

/** One reading of the cluster. */
export interface Seen {
  readonly secret: ParsedSecret | { readonly kind: "absent" };
  /** The entries that call us; empty also where the configuration does not exist. */
  readonly entries: readonly TrustingEntry[];
  /** The API server's clock, milliseconds since 1970; null where it did not say. */
  readonly serverTime: number | null;
}

/** What one process carries from reading to reading. */
export interface Memory {
  /** What the Secret said when it could be used last. */
  readonly agreed: AgreedAuthorities | null;
  /** When that was, by the wall clock. */
  readonly confirmedAt: number;
  readonly leaf: ServedLeaf | null;
  /** null before the first reading. */
  readonly sightings: Sightings | null;
  /** Monotonic milliseconds since when the Secret is lost; null while it is not. */
  readonly lostSinceMs: number | null;
}

export interface Clock {
  /** The wall clock, milliseconds since 1970. */
  readonly now: number;
  readonly monotonicMs: number;
}

export interface Situation {
  readonly seen: Seen;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly lifetimes: Lifetimes;
  /** The clock by which leaves are verified: the API server's; our own where it does not say. */
  readonly judge: number;
}

/** Takes what a reading, or the answer to a write, says of the Secret into the memory. */
export function remember(seen: Seen, memory: Memory, clock: Clock, lifetimes: Lifetimes): Memory {
  const loss = findLoss(seen.secret, { seen, memory, clock, lifetimes, judge: seen.serverTime ?? clock.now });
  if (loss === null && seen.secret.kind === "agreed") {
    return { ...memory, agreed: seen.secret.agreed, confirmedAt: clock.now, lostSinceMs: null };
  }
  return { ...memory, lostSinceMs: memory.lostSinceMs ?? clock.monotonicMs };
}

/** The Secret says nothing that can be used, as a sentence; null where it does. */
export function findLoss(secret: Seen["secret"], { memory, lifetimes, judge }: Situation): string | null {
  switch (secret.kind) {
    case "absent":
      return "the Secret does not exist";
    case "empty":
      return "the Secret holds no CA";
    case "unusable":
      return `the Secret holds no usable CA: ${secret.why}`;
    case "agreed": {
      const { current } = secret.agreed;
      const remembered = memory.agreed?.current;
      // What we took once is not given up because a clock was set back: we would only write the same again.
      if (remembered?.id === current.id) return null;
      if (current.notBefore > judge + lifetimes.skewMs) return "the Secret's CA is not valid yet";
      const isWorse = judge >= current.notAfter && judge < (remembered?.notAfter ?? judge);
      return isWorse ? "the Secret's CA has expired" : null;
    }
    default:
      return secret satisfies never;
  }
}

/**
 * The API server's clock is what leaves are verified by, so a replica whose own is far off decides nothing that rests on
 * dates. Behind is harmless for a long time, since a leaf then only ends early.
 */
export function findClockProblem({ seen: { serverTime }, clock: { now }, lifetimes }: Situation): string | null {
  if (serverTime === null) return null;
  const aheadMs = now - serverTime;
  // The API server says whole seconds.
  if (aheadMs < lifetimes.backdateMs + 1000 && aheadMs > -lifetimes.skewMs / 2) return null;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  return `this machine's clock is ${minutes} min ${aheadMs > 0 ? "ahead of" : "behind"} the API server's: set it`;
}

/** Certificates that a leaf may hang on: that of our own leaf first, then what the caBundles hold. */
export function liveCertificates(
  entries: readonly TrustingEntry[],
  { leaf }: Memory,
  judge: number,
  { skewMs }: Lifetimes,
): readonly AuthorityCertificate[] {
  const all = [...ownAuthority(leaf, judge), ...entries.flatMap(({ authorities }) => authorities)];
  const live = all.filter(({ notBefore, notAfter }) => notBefore <= judge + skewMs && judge < notAfter);
  return [...new Map(live.map((authority) => [authority.id, authority])).values()];
}

/** The CA of the leaf that is served, as long as that is good. */
export function ownAuthority(leaf: ServedLeaf | null, judge: number): readonly AuthorityCertificate[] {
  return leaf !== null && judge < leaf.notAfter ? [leaf.authority] : [];
}

/** null: not in every entry just now, or not valid yet by the API server's clock, so that a leaf of it would fail. */
export function sightingOf(
  { id, notBefore }: AuthorityCertificate,
  { seen, memory, clock, lifetimes }: Situation,
): Sighting | null {
  // Our own clock may be behind that of the replica that made it, and proves nothing.
  const isValidYet = notBefore <= (seen.serverTime ?? clock.now + lifetimes.skewMs);
  return isValidYet && isInEveryEntry(seen.entries, id) ? (memory.sightings?.get(id) ?? null) : null;
}
