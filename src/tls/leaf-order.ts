// When a replica needs another leaf, and how long that one may live.
import type { Authority } from "./authority.ts";
import type { AuthorityCertificate } from "./ca-bundle.ts";
import { type Lifetimes, lastTenth, renewalTime } from "./lifetimes.ts";
import type { Sighting } from "./sightings.ts";

/** The leaf that is served now, without its key. */
export interface ServedLeaf {
  readonly authority: AuthorityCertificate;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** first: nothing else was served. renew: the same CA. switch: another CA. */
export type LeafCause = "first" | "renew" | "switch";

export interface LeafOrder {
  readonly authority: Authority;
  readonly cause: LeafCause;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface LeafQuestion {
  readonly current: Authority;
  readonly leaf: ServedLeaf | null;
  /** Of `current`, in every entry just now; null: not in every entry, or nothing could be read. */
  readonly sighting: Sighting | null;
  /** Every entry trusts the CA of `leaf` just now. */
  readonly isOldTrusted: boolean;
  /** When `current` was last read in the Secret, by the wall clock. */
  readonly confirmedAt: number;
  readonly now: number;
  readonly lifetimes: Lifetimes;
}

/** null: the leaf that is served is the best there can be now. */
export function nextLeaf(question: LeafQuestion): LeafOrder | null {
  const { current, leaf, now, lifetimes } = question;
  const notAfter = Math.min(now + lifetimes.leafMs, current.notAfter, question.confirmedAt + lifetimes.offlineMs);
  const order = { authority: current, notBefore: now - lifetimes.backdateMs, notAfter };
  // A leaf that is over when it is made helps nobody.
  if (notAfter - now < lifetimes.leafMs / 1000) return null;

  const isUsable = leaf !== null && leaf.notBefore <= now && now < leaf.notAfter;
  if (leaf !== null && leaf.authority.id === current.id) {
    // Where its CA's end or the lost API server bounds the life, a new leaf may end when the old one does.
    const isLonger = notAfter - leaf.notAfter > lifetimes.leafMs / 100;
    const isWanted = !isUsable || (now >= renewalTime(leaf) && isLonger);
    return isWanted ? { ...order, cause: "renew" } : null;
  }
  return isReadLongEnough(question, isUsable) ? { ...order, cause: leaf === null ? "first" : "switch" } : null;
}

function isReadLongEnough({ leaf, sighting, isOldTrusted, now, lifetimes }: LeafQuestion, isUsable: boolean): boolean {
  if (sighting === null) return false;
  const readMs = sighting.untilMs - sighting.sinceMs;
  if (leaf === null) return sighting.isFromStart || readMs >= lifetimes.settleMs;
  const isOldGood = isUsable && isOldTrusted && now < lastTenth(leaf);
  return readMs >= (isOldGood ? lifetimes.distributionMs : lifetimes.settleMs);
}
