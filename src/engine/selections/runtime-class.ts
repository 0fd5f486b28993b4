// Selection runtime-class: the pod is moved to the RuntimeClass that stands in for its own.
import { variantEvidence, withoutVariantEvidence } from "../class-evidence.ts";
import { isEmptydirModeRefused, type KataEvidence } from "../evidence.ts";
import type { Facts, RuntimeClassFacts, UnknownCause } from "../facts.ts";
import type { Pod } from "../pod.ts";
import type { Policy, PolicyTarget } from "../policy.ts";
import { equalQuantities, exceeding } from "../quantity.ts";
import type { Finding } from "../rule.ts";
import { resolveVariant } from "../variant.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";
import { rootfsFindings } from "./rootfs.ts";
import { refusedUserAnnotations } from "./user-annotations.ts";
import { missingHandlers, narrowedNodes, nodeSelectorConflicts, unschedulable } from "./variant-nodes.ts";

/** A variant is the operator's word that its handler is right, rootfs included; what contradicts that still counts. */
export function attemptRuntimeClass({ facts, pod, policy, target, isAuto }: SelectionInput): Attempt {
  const resolved = resolveVariant(facts);
  if (resolved.kind !== "one") {
    const { possible } = withoutVariantEvidence(facts, target);
    const firm = withoutVariant(resolved, isAuto);
    return { by: null, possible, aboutKata: [], firm, degrades: [], isUndecided: firm.length === 0 };
  }
  const { variant } = resolved;
  const { possible, findings } = againstVariant({ facts, pod, policy, target }, variant);
  return {
    by: { selection: "runtime-class", runtimeClass: variant.name },
    possible,
    aboutKata: findings,
    firm: [
      ...unschedulable(facts, variant),
      ...narrowedNodes(facts, variant, null),
      ...nodeSelectorConflicts(pod, facts, variant),
      ...overheadFindings(pod, facts, variant),
    ],
    degrades: [],
    isUndecided: false,
  };
}

/** Every Kata that may run the pod in this variant, and what is known against it. The path is the RuntimeClass's name. */
export function againstVariant(
  { facts, pod, policy, target }: Omit<SelectionInput, "isAuto">,
  variant: RuntimeClassFacts,
): { readonly possible: readonly KataEvidence[]; readonly findings: readonly Finding[] } {
  const { possible, findings } = variantEvidence(facts, target, variant);
  const all = [
    ...findings,
    ...missingHandlers(facts, variant),
    ...releaseLimits(possible),
    ...refusedUserAnnotations(pod, possible, policy.dangerouslyAllow),
  ];
  const contradicted = contradictedWord(possible) ?? contradictedName(facts, policy, target, variant);
  if (contradicted !== null && !all.some(({ reason }) => reason === "EvidenceContradicts")) {
    all.push(block("EvidenceContradicts", contradicted));
  }
  return { possible, findings: [...all, ...rootfsFindings(possible)] };
}

/** How the variant's own object says that it is none: it has the target's handler, or stands in for a class of nobody's. */
function contradictedName(
  { targetClass }: Facts,
  policy: Policy,
  target: PolicyTarget,
  { handler, variantOf }: RuntimeClassFacts,
): string | null {
  if (targetClass.kind === "known" && targetClass.value.handler === handler) return "handler";
  if (variantOf === null || variantOf === target.runtimeClass) return null;
  // Targets may share a variant, and its annotation names one of them.
  return policy.targets.some(({ runtimeClass }) => runtimeClass === variantOf) ? null : "variant-of";
}

/** The field by which a report contradicts the operator's word that the handler is right, or null. */
function contradictedWord(possible: readonly KataEvidence[]): string | null {
  if (possible.some(isEmptydirModeRefused)) return "emptydirMode";
  if (possible.some(({ hugepages }) => hugepages === true)) return "hugepages";
  return possible.some(({ sharedFs }) => sharedFs !== null && sharedFs !== "none") ? "sharedFs" : null;
}

function withoutVariant(
  resolved: { kind: "none" | "missing" | "ambiguous" } | { kind: "unknown"; why: UnknownCause },
  isAuto: boolean,
): Finding[] {
  switch (resolved.kind) {
    case "ambiguous":
      return [block("VariantAmbiguous")];
    case "missing":
      return [block("VariantMissing")];
    case "none":
      return isAuto ? [] : [block("VariantMissing")];
    case "unknown":
      if (resolved.why === "stale") return [block("EvidenceStale", "RuntimeClasses")];
      // Without RuntimeClasses auto may still find another way; what is asked for by name cannot be done.
      return isAuto ? [] : [block("KataSupportUnknown", resolved.why)];
    default:
      return resolved satisfies never;
  }
}

/**
 * An overhead that is the target class's was filled in by the API server, which fills in the variant's as well. It counts
 * for quotas and for the scheduler, so that with more of it a pod may be refused, or find no node, that would run as it is
 * (executed: test/apiserver/dispatch/runtime-class.test.ts).
 */
function overheadFindings({ spec }: Pod, { targetClass }: Facts, variant: RuntimeClassFacts): Finding[] {
  const overhead = spec?.overhead ?? {};
  const target = targetClass.kind === "known" ? (targetClass.value.overhead ?? {}) : {};
  if (Object.keys(overhead).length > 0 && !equalQuantities(overhead, target)) {
    return [block("OverheadMismatch", undefined, "/spec/overhead")];
  }
  // A class that nobody can read tells nothing; the pod has its overhead, which is judged above.
  const [more] = targetClass.kind === "known" ? exceeding(variant.overhead ?? {}, target) : [];
  return more === undefined ? [] : [block("VariantCostsMore", more)];
}
