/** All times of the self-signed source, in milliseconds. */
export interface Lifetimes {
  readonly authorityMs: number;
  readonly leafMs: number;
  /** How far back NotBefore lies: clocks of the API server may be behind ours by so much (istio #25181). */
  readonly backdateMs: number;
  /** How long every webhook entry must have had a CA, by our own reading, before a leaf of it replaces another. */
  readonly distributionMs: number;
  /** The same where there is nothing that is better: a first leaf, or one that is no good any more. */
  readonly settleMs: number;
  /**
   * A leaf's NotAfter is at most so much later than the moment its CA was last read in the Secret as the current one.
   * So the last leaf of a CA that was retired has a known end, also where a replica cannot reach the API server for
   * weeks and goes on with the key that it has in memory.
   */
  readonly offlineMs: number;
  /** What the clocks of replicas may differ by, all in all, before dates in the Secret mean something else. */
  readonly skewMs: number;
  /** How long a process that has just started waits for others to bring back a Secret that is lost. */
  readonly patienceMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIFETIMES: Lifetimes = {
  authorityMs: 365 * DAY,
  leafMs: 7 * DAY,
  backdateMs: HOUR,
  distributionMs: MINUTE,
  settleMs: 5 * SECOND,
  // Much longer than a leaf, so that a right that somebody took away on Friday takes nothing down on Monday; much
  // shorter than what a CA still has when it is replaced (a third of a year).
  offlineMs: 30 * DAY,
  skewMs: DAY,
  // Two polls of the others and a bit.
  patienceMs: 25 * SECOND,
};

/** When two thirds of a certificate's life are over. */
export function renewalTime({
  notBefore,
  notAfter,
}: {
  readonly notBefore: number;
  readonly notAfter: number;
}): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

/** When its last tenth begins. */
export function lastTenth({ notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number }): number {
  return notAfter - (notAfter - notBefore) / 10;
}
