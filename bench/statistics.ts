// What is made of the rounds' figures. Pure.

/** The middle one; of an even number the mean of the two in the middle. @throws RangeError when there is none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  const upper = sorted[at] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[at - 1] as number) + upper) / 2;
}

/** A ratio of two contenders, and how far to trust it. */
export interface Ratio {
  /** The median of the rounds' own ratios. */
  readonly value: number;
  /** Relative half-width: the true median lies within value · (1 ± noise) with about 95 %. */
  readonly noise: number;
}

/**
 * Of two contenders' figures, round by round: what the machine did to a whole round is in both and cancels out.
 *
 * The noise is the rounds' scatter around their median: 1.96 standard errors of a median, which is 1.253 σ/√n, and
 * σ taken as 1.4826 median absolute deviations, so that one round beside which something else ran does not set it.
 *
 * @throws RangeError where the rounds are not as many, or there is none
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Ratio {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} rounds against ${theirs.length}`);
  const ratios = ours.map((value, round) => value / (theirs[round] as number));
  const value = median(ratios);
  const deviation = 1.4826 * median(ratios.map((each) => Math.abs(each - value)));
  return { value, noise: (1.96 * 1.253 * deviation) / Math.sqrt(ratios.length) / value };
}

/** The order of `names` in that round: each stands at each place in turn, and after each other one about as often. */
export function rotated<T>(names: readonly T[], round: number): T[] {
  const at = round % Math.max(1, names.length);
  const turned = [...names.slice(at), ...names.slice(0, at)];
  return Math.floor(round / Math.max(1, names.length)) % 2 === 1 ? turned.reverse() : turned;
}
