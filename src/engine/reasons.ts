// Every reason: one stable code with its sentence.
import { kindReasons } from "./reasons/kind.ts";
import {
  BLOCKING_VOLUME_REASONS,
  type BlockingVolumeReason,
  DEGRADING_REASONS,
  type DegradingReason,
  KIND_REASONS,
  type KindReason,
  SCOPE_REASONS,
  type ScopeReason,
  SELECTION_REASONS,
  type SelectionReason,
  USER_REASONS,
  type UserReason,
} from "./reasons/names.ts";
import type { ReasonText } from "./reasons/reason-text.ts";
import { scopeReasons } from "./reasons/scope.ts";
import { selectionReasons } from "./reasons/selection.ts";
import { userReasons } from "./reasons/user.ts";
import { blockingVolumeReasons, degradingReasons } from "./reasons/volumes.ts";

export { DEGRADING_REASONS, type DegradingReason } from "./reasons/names.ts";

export type Reason = ScopeReason | SelectionReason | BlockingVolumeReason | DegradingReason | UserReason | KindReason;

/** Reasons that `dangerouslyAllow:` of a policy may switch off. DefaultEmptyDir degrades or blocks, by Kata's release. */
export type BlockingRuleReason = BlockingVolumeReason | UserReason | KindReason | "DefaultEmptyDir";

export const BLOCKING_RULE_REASONS: readonly BlockingRuleReason[] = [
  ...BLOCKING_VOLUME_REASONS,
  "DefaultEmptyDir",
  ...USER_REASONS,
  ...KIND_REASONS,
];

/** In the order in which findings are listed. */
export const ALL_REASONS: readonly Reason[] = [
  ...SCOPE_REASONS,
  ...SELECTION_REASONS,
  ...BLOCKING_VOLUME_REASONS,
  ...DEGRADING_REASONS,
  ...USER_REASONS,
  ...KIND_REASONS,
];

/** Reason code → what it means and what to do about it. */
export const REASONS: Readonly<Record<Reason, ReasonText>> = {
  ...scopeReasons,
  ...selectionReasons,
  ...blockingVolumeReasons,
  ...degradingReasons,
  ...userReasons,
  ...kindReasons,
};

const order: ReadonlyMap<Reason, number> = new Map(ALL_REASONS.map((reason, index) => [reason, index]));

/** Compares two reasons by their place in the list, for sorting findings the same way every time. */
export function compareReasons(a: Reason, b: Reason): number {
  return (order.get(a) ?? 0) - (order.get(b) ?? 0);
}
