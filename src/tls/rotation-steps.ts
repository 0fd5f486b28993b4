// The steps, each by itself: what it needs, and what it would do; null where there is nothing to do.
import type { AuthorityCertificate } from "./ca-bundle.ts";
import type { AgreedAuthorities, RetiredAuthority } from "./ca-secret.ts";
import { type LeafOrder, nextLeaf } from "./leaf-order.ts";
import { renewalTime } from "./lifetimes.ts";
import { isInEveryEntry, type Sighting } from "./sightings.ts";
import { liveCertificates, ownAuthority, type Situation, sightingOf } from "./situation.ts";

export type WriteCause = "restore" | "adopt" | "drop" | "forget" | "promote";

export type Step =
  | { readonly kind: "wait"; readonly problem: string | null }
  | { readonly kind: "write"; readonly cause: WriteCause; readonly agreed: AgreedAuthorities }
  /** Make a CA, and write what `agreeOnNew` makes of it. */
  | { readonly kind: "make"; readonly cause: "create"; readonly retired: readonly RetiredAuthority[] }
  | { readonly kind: "make"; readonly cause: "introduce"; readonly agreed: AgreedAuthorities }
  /** Let these entries, by their place in Seen, trust just these CAs. */
  | { readonly kind: "patch"; readonly bundles: ReadonlyMap<number, readonly AuthorityCertificate[]> }
  | { readonly kind: "leaf"; readonly order: LeafOrder };

/** More CAs than this are never adopted: a caBundle that somebody filled must not fill the Secret. */
const MOST_RETIRED = 8;

/** Others may remember what is lost, as we do; a process that has just started lets them be first. */
export function recoverStep(
  { seen, memory, clock, lifetimes, judge }: Situation,
  clockProblem: string | null,
): Step | null {
  // Where no entry calls us nobody needs it: the release is being uninstalled, and would leave the CA's key behind.
  if (memory.agreed !== null && seen.entries.length === 0) return null;
  if (memory.agreed !== null) return { kind: "write", cause: "restore", agreed: memory.agreed };
  if (clockProblem !== null) return null;
  const strangers = liveCertificates(seen.entries, memory, judge, lifetimes).slice(0, MOST_RETIRED);
  const waitedMs = memory.lostSinceMs === null ? 0 : clock.monotonicMs - memory.lostSinceMs;
  if (strangers.length > 0 && waitedMs < lifetimes.patienceMs) return null;
  return { kind: "make", cause: "create", retired: strangers.map((stranger) => retire(stranger, judge)) };
}

export function adoptStep(agreed: AgreedAuthorities, { seen, memory, lifetimes, judge }: Situation): Step | null {
  const known = new Set([agreed.current, agreed.next, ...agreed.retired].map((authority) => authority?.id));
  const strangers = liveCertificates(seen.entries, memory, judge, lifetimes).filter(({ id }) => !known.has(id));
  const room = MOST_RETIRED - agreed.retired.length;
  if (strangers.length === 0 || room <= 0) return null;
  const retired = [...agreed.retired, ...strangers.slice(0, room).map((stranger) => retire(stranger, judge))];
  return { kind: "write", cause: "adopt", agreed: { ...agreed, retired } };
}

/** No leaf outlives its CA, nor the time for which the CA was confirmed as current by more than offlineMs. */
export function dropStep(agreed: AgreedAuthorities, { lifetimes, judge }: Situation): Step | null {
  const isDue = ({ retiredAt, notAfter, isDropping }: RetiredAuthority): boolean =>
    !isDropping && judge >= Math.min(retiredAt + lifetimes.offlineMs, notAfter) + lifetimes.skewMs;
  if (!agreed.retired.some(isDue)) return null;
  const retired = agreed.retired.map((authority) =>
    isDue(authority) ? { ...authority, isDropping: true } : authority,
  );
  return { kind: "write", cause: "drop", agreed: { ...agreed, retired } };
}

/**
 * Missing CAs go in and dropped ones go out; another order, or comments, are nobody's business. What is not known, and
 * could not be adopted, stays where it is.
 */
export function patchStep(
  { current, next, retired }: AgreedAuthorities,
  { seen: { entries }, memory, judge }: Situation,
): Step | null {
  const dropping = new Set(retired.filter(({ isDropping }) => isDropping).map(({ id }) => id));
  const wanted = [
    current,
    ...(next === null ? [] : [next]),
    ...[...retired, ...ownAuthority(memory.leaf, judge)].filter(({ id }) => !dropping.has(id)),
  ];
  const bundles = new Map<number, readonly AuthorityCertificate[]>();
  for (const [index, { authorities }] of entries.entries()) {
    const ids = new Set(authorities.map(({ id }) => id));
    if (wanted.every(({ id }) => ids.has(id)) && !authorities.some(({ id }) => dropping.has(id))) continue;
    const strangers = authorities.filter(({ id, notAfter }) => !dropping.has(id) && judge < notAfter);
    bundles.set(index, [...new Map([...wanted, ...strangers].map((authority) => [authority.id, authority])).values()]);
  }
  return bundles.size === 0 ? null : { kind: "patch", bundles };
}

export function forgetStep(agreed: AgreedAuthorities, { seen }: Situation): Step | null {
  const trusted = new Set(seen.entries.flatMap(({ authorities }) => authorities.map(({ id }) => id)));
  const retired = agreed.retired.filter(({ id, isDropping }) => !isDropping || trusted.has(id));
  if (retired.length === agreed.retired.length) return null;
  return { kind: "write", cause: "forget", agreed: { ...agreed, retired } };
}

export function introduceStep(agreed: AgreedAuthorities, { judge }: Situation): Step | null {
  const isNextUseless = agreed.next === null || judge >= agreed.next.notAfter;
  return judge >= renewalTime(agreed.current) && isNextUseless ? { kind: "make", cause: "introduce", agreed } : null;
}

export function promoteStep(agreed: AgreedAuthorities, situation: Situation): Step | null {
  const { current, next } = agreed;
  const { lifetimes, judge } = situation;
  const sighting = next === null ? null : sightingOf(next, situation);
  const waitMs = judge >= current.notAfter ? lifetimes.settleMs : lifetimes.distributionMs;
  if (next === null || sighting === null || sighting.untilMs - sighting.sinceMs < waitMs) return null;
  return {
    kind: "write",
    cause: "promote",
    agreed: { current: next, next: null, retired: [...agreed.retired, retire(current, judge)] },
  };
}

export function leafStep(agreed: AgreedAuthorities, situation: Situation): Step | null {
  return orderLeaf(agreed, situation, sightingOf(agreed.current, situation));
}

/** Only another leaf of the CA that signed the one that is served. */
export function renewStep(agreed: AgreedAuthorities, situation: Situation): Step | null {
  return orderLeaf(agreed, situation, null);
}

function orderLeaf({ current }: AgreedAuthorities, situation: Situation, sighting: Sighting | null): Step | null {
  const { seen, memory, clock, lifetimes } = situation;
  const { leaf, confirmedAt } = memory;
  const isOldTrusted = leaf !== null && isInEveryEntry(seen.entries, leaf.authority.id);
  const order = nextLeaf({ current, leaf, sighting, isOldTrusted, confirmedAt, now: clock.now, lifetimes });
  return order === null ? null : { kind: "leaf", order };
}

function retire({ id, pem, notBefore, notAfter }: AuthorityCertificate, retiredAt: number): RetiredAuthority {
  return { id, pem, notBefore, notAfter, retiredAt, isDropping: false, extra: {} };
}
