// What trying one selection for one pod has shown.
import type { SelectedBy } from "../decision.ts";
import type { KataEvidence } from "../evidence.ts";
import type { Facts } from "../facts.ts";
import type { Pod } from "../pod.ts";
import type { Policy, PolicyTarget } from "../policy.ts";
import type { Reason } from "../reasons.ts";
import type { Finding } from "../rule.ts";

export interface SelectionInput {
  readonly facts: Facts;
  readonly pod: Pod;
  readonly policy: Policy;
  readonly target: PolicyTarget;
  /** auto asks for evidence where an explicit selection is taken at the operator's word. */
  readonly isAuto: boolean;
}

export interface Attempt {
  /** What would be set; null where there is nothing to set it to. */
  readonly by: SelectedBy | null;
  /** Each Kata that may run the pod; the first is what all who speak say together. */
  readonly possible: readonly KataEvidence[];
  /** Findings about Kata, which the policy's `trust: operator` overrides. */
  readonly aboutKata: readonly Finding[];
  /** Findings that nothing overrides: the API server would refuse the pod, or it could not run. */
  readonly firm: readonly Finding[];
  readonly degrades: readonly Finding[];
  /** Evidence that auto needs is missing and nothing is known against it either. */
  readonly isUndecided: boolean;
}

/** A finding that blocks. It names the RuntimeClass unless a path is given: that is what led to the Kata in question. */
export function block(reason: Reason, detail?: string, path = "/spec/runtimeClassName"): Finding {
  return { reason, severity: "blocks", path, ...(detail === undefined ? {} : { detail }) };
}
