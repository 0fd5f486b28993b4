// Evidence → how this pod is given private memory, or why not.
import type { SelectedBy } from "./decision.ts";
import type { KataEvidence } from "./evidence.ts";
import type { Finding } from "./rule.ts";
import { SELECTIONS, type Selection } from "./policy.ts";
import { type Attempt, block, type SelectionInput } from "./selections/attempt.ts";
import { attemptConfigPath } from "./selections/config-path.ts";
import { attemptHypervisorAnnotations } from "./selections/hypervisor-annotations.ts";
import { attemptRuntimeClass } from "./selections/runtime-class.ts";

export type SelectionOutcome =
  | {
      readonly kind: "selected";
      readonly by: SelectedBy;
      readonly destinations: readonly KataEvidence[];
      readonly forced: boolean;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: "none"; readonly destinations: readonly KataEvidence[]; readonly findings: readonly Finding[] };

const ATTEMPTS: Readonly<Record<Selection, (input: SelectionInput) => Attempt>> = {
  "runtime-class": attemptRuntimeClass,
  "config-path": attemptConfigPath,
  "hypervisor-annotations": attemptHypervisorAnnotations,
};

/** The policy's explicit selection, or for auto the first that the evidence supports for this pod. */
export function select(input: Omit<SelectionInput, "isAuto">): SelectionOutcome {
  const { selection } = input.target;
  return selection === "auto"
    ? selectAuto({ ...input, isAuto: true })
    : selectExplicit({ ...input, isAuto: false }, selection);
}

function selectExplicit(input: SelectionInput, selection: Selection): SelectionOutcome {
  const { by, possible, aboutKata, firm, degrades } = ATTEMPTS[selection](input);
  const isForced = input.target.trust === "operator" && aboutKata.length > 0;
  const blocks = isForced ? firm : [...aboutKata, ...firm];
  if (by === null || blocks.length > 0) return { kind: "none", destinations: possible, findings: blocks };
  return { kind: "selected", by, destinations: possible, forced: isForced, findings: degrades };
}

function selectAuto(input: SelectionInput): SelectionOutcome {
  const against: Finding[] = [];
  let againstTheVariant: readonly Finding[] | null = null;
  let destinations: readonly KataEvidence[] | null = null;
  for (const selection of SELECTIONS) {
    const attempt = ATTEMPTS[selection](input);
    const blocks = [...attempt.aboutKata, ...attempt.firm];
    if (attempt.by !== null && blocks.length === 0 && !attempt.isUndecided) {
      // RootfsUnknown is for explicit selections; here an unknown rootfs was a reason not to select.
      return { kind: "selected", by: attempt.by, destinations: attempt.possible, forced: false, findings: [] };
    }
    against.push(...blocks);
    // Where a class stands in for the pod's, that is the operator's way, and what is against the others helps nobody.
    if (selection === "runtime-class" && attempt.by !== null) againstTheVariant = blocks;
    if (attempt.by !== null) destinations ??= attempt.possible;
  }
  // Each selection's reason once, and what nothing is known about only where nothing is known about anything.
  const seen = new Set<string>();
  const reasons = (againstTheVariant ?? against).filter(({ reason, path }) => {
    const key = `${reason} ${path}`;
    return !seen.has(key) && seen.add(key);
  });
  return {
    kind: "none",
    destinations: destinations ?? attemptHypervisorAnnotations(input).possible,
    findings: reasons.length > 0 ? reasons : [block("KataSupportUnknown")],
  };
}
