// Selection runtime-class: the pod is moved to the RuntimeClass that stands in for its own.
import { variantEvidence, withoutVariantEvidence } from "../class-evidence.ts";
import { isEmptydirModeRefused, type KataEvidence } from "../evidence.ts";
import type { Facts, RuntimeClassFacts, UnknownCause } from "../facts.ts";
import { escapePointer, type Pod } from "../pod.ts";
import { equalQuantities } from "../quantity.ts";
import type { Finding } from "../rule.ts";
import { resolveVariant } from "../variant.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";
import { refusedUserAnnotations } from "./user-annotations.ts";

/** A variant is the operator's word that its handler is right, rootfs included; what contradicts that still counts. */
export function attemptRuntimeClass({ facts, pod, policy, target, isAuto }: SelectionInput): Attempt {
  const resolved = resolveVariant(facts);
  if (resolved.kind !== "one") {
    const { possible } = withoutVariantEvidence(facts, target);
    const firm = withoutVariant(resolved, isAuto);
    return { by: null, possible, aboutKata: [], firm, degrades: [], isUndecided: firm.length === 0 };
  }
  const { variant } = resolved;
  const { possible, findings } = variantEvidence(facts, target, variant);
  const aboutKata = [
    ...findings,
    ...missingHandlers(facts, variant),
    ...releaseLimits(possible),
    ...refusedUserAnnotations(pod, possible, policy.dangerouslyAllow),
  ];
  const contradicted = contradictedWord(possible);
  if (contradicted !== null && !aboutKata.some(({ reason }) => reason === "EvidenceContradicts")) {
    aboutKata.push(block("EvidenceContradicts", contradicted));
  }
  if (possible.some(({ rootfs }) => rootfs === "shared")) aboutKata.push(block("RootfsNeedsSharedFs", "shared"));
  return {
    by: { selection: "runtime-class", runtimeClass: variant.name },
    possible,
    aboutKata,
    firm: [
      ...unschedulable(facts, variant),
      ...nodeSelectorConflicts(pod, facts, variant),
      ...overheadMismatch(pod, facts),
    ],
    degrades: [],
    isUndecided: false,
  };
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
 * No node that the pod could go to has the handler. The kubelet's runtimeHandlers is a complete list; a node without
 * it is unknown, which is not a no: its report speaks only of the handlers that it names.
 */
export function unschedulable(facts: Facts, variant: RuntimeClassFacts): Finding[] {
  if (facts.variantNodes.kind === "unknown") return [];
  const couldRun = facts.variantNodes.value.some(
    ({ runtimeHandlers }) => runtimeHandlers === null || runtimeHandlers.includes(variant.handler),
  );
  return couldRun ? [] : [block("VariantUnschedulable")];
}

/**
 * A node that has the target's handler and, by the kubelet's complete list, not the variant's: scheduled there, the pod
 * would never start, and as it is it would. One that has neither takes nothing from it.
 */
function missingHandlers(facts: Facts, variant: RuntimeClassFacts): Finding[] {
  if (facts.variantNodes.kind === "unknown") return [];
  const own = facts.targetClass.kind === "known" ? facts.targetClass.value.handler : null;
  const isAnyMissing = facts.variantNodes.value.some(
    ({ runtimeHandlers }) =>
      runtimeHandlers !== null &&
      !runtimeHandlers.includes(variant.handler) &&
      (own === null || runtimeHandlers.includes(own)),
  );
  return isAnyMissing && unschedulable(facts, variant).length === 0 ? [block("FleetDisagrees", "runtimeHandlers")] : [];
}

/** The API server refuses a pod whose nodeSelector and its class's differ in a key's value (kube README, executed). */
function nodeSelectorConflicts(pod: Pod, facts: Facts, variant: RuntimeClassFacts): Finding[] {
  const own = pod.spec?.nodeSelector ?? {};
  const target = facts.targetClass.kind === "known" ? facts.targetClass.value.nodeSelector : {};
  const findings: Finding[] = [];
  for (const key of Object.keys(variant.nodeSelector).sort()) {
    const wanted = variant.nodeSelector[key];
    if (Object.hasOwn(own, key) && own[key] !== wanted) {
      findings.push(block("NodeSelectorConflict", undefined, `/spec/nodeSelector/${escapePointer(key)}`));
    } else if (Object.hasOwn(target, key) && target[key] !== wanted) findings.push(block("NodeSelectorConflict"));
  }
  return findings;
}

/** An overhead that is the target class's was filled in by the API server, which fills in the variant's as well. */
function overheadMismatch(pod: Pod, facts: Facts): Finding[] {
  const overhead = pod.spec?.overhead;
  if (overhead == null || Object.keys(overhead).length === 0) return [];
  const target = facts.targetClass.kind === "known" ? (facts.targetClass.value.overhead ?? {}) : {};
  return equalQuantities(overhead, target) ? [] : [block("OverheadMismatch", undefined, "/spec/overhead")];
}
