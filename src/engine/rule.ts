// One question about a pod, in one file; its answers are findings.
import type { Facts } from "./facts.ts";
import type { KataEvidence } from "./evidence.ts";
import type { MountedVolume } from "./mounted-volumes.ts";
import type { PlacedContainer, Pod } from "./pod.ts";
import type { Policy, PolicyTarget } from "./policy.ts";
import type { Reason } from "./reasons.ts";

export type Severity = "blocks" | "degrades";

/** Reason + the field that caused it. */
export interface Finding {
  readonly reason: Reason;
  readonly severity: Severity;
  /** RFC 6901 pointer into the pod; "" where the whole pod is meant. */
  readonly path: string;
  /** The class of the value, in words of ours or Kubernetes' ("Socket", "forbidden"), never a tenant's text. */
  readonly detail?: string;
}

/** What a rule may look at. `destination` is the Kata that would run the pod with private memory. */
export interface RuleInput {
  readonly pod: Pod;
  readonly containers: readonly PlacedContainer[];
  readonly volumes: readonly MountedVolume[];
  readonly facts: Facts;
  readonly policy: Policy;
  readonly target: PolicyTarget;
  readonly destination: RuleEvidence;
}

/** What rules may look at of a Kata: they are asked once for those that are alike in it. */
export type RuleEvidence = Pick<
  KataEvidence,
  "version" | "rootfs" | "kubeletRoot" | "emptydirMode" | "disableBlockDeviceUse" | "disableGuestEmptyDir"
>;

/** That part of it; does not compile where a field is forgotten. */
export function ruleEvidenceOf(evidence: KataEvidence): RuleEvidence {
  const { version, rootfs, kubeletRoot, emptydirMode, disableBlockDeviceUse, disableGuestEmptyDir } = evidence;
  return { version, rootfs, kubeletRoot, emptydirMode, disableBlockDeviceUse, disableGuestEmptyDir };
}

/**
 * What a pod has to have for a rule to find anything: a mounted volume with one of these sources, or an annotation of
 * Kata's. A volume without any source counts as an emptyDir.
 */
export type Occasion = "any pod" | "Kata annotation" | { readonly sources: Iterable<string> };

export interface Rule {
  /** The file's name without extension. */
  readonly name: string;
  /** Without it the rule is not asked; `test/properties/rules.test.ts` asks it all the same, and nothing may come. */
  readonly occasion: Occasion;
  /** Every reason that this rule can find. */
  readonly reasons: readonly Reason[];
  /** Pure; findings in the order of the fields that they name. */
  readonly check: (input: RuleInput) => readonly Finding[];
}

/** What most rules find in most pods. */
export const NOTHING: readonly Finding[] = [];

/**
 * A check that looks at one mounted volume after the other. `judge` exists once and not anew for each pod, as V8 drops
 * the optimised code of a function that no pod happens to be using when it collects garbage
 * (docs/adr/0009-request-path.md).
 */
export function ofEachVolume(judge: (volume: MountedVolume, input: RuleInput) => readonly Finding[]): Rule["check"] {
  return (input) => gather(input.volumes, judge, input);
}

/** The same for containers of all three lists. */
export function ofEachContainer(
  judge: (container: PlacedContainer, input: RuleInput) => readonly Finding[],
): Rule["check"] {
  return (input) => gather(input.containers, judge, input);
}

function gather<T>(
  items: readonly T[],
  judge: (item: T, input: RuleInput) => readonly Finding[],
  input: RuleInput,
): readonly Finding[] {
  const all: Finding[] = [];
  for (const item of items) for (const finding of judge(item, input)) all.push(finding);
  return all;
}
