// Selection hypervisor-annotations: shared_fs=none and enable_hugepages=false on the pod itself.
import { admitsAnnotation } from "../../kata/allow-list.ts";
import { ENABLE_HUGEPAGES, SHARED_FS } from "../../kata/annotations.ts";
import { allowListOf, gatherEvidence, type KataEvidence } from "../evidence.ts";
import type { Finding } from "../rule.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";

/**
 * No release up to 4.1.0 takes the value (Go refuses it, runtime-rs shares memory all the same: kata-facts 0a), so the
 * policy's acceptsSharedFsNone is needed even where the selection is explicit: without it the tables are the evidence
 * against it.
 */
export function attemptHypervisorAnnotations({ facts, target, isAuto }: SelectionInput): Attempt {
  const targetClass = facts.targetClass.kind === "known" ? facts.targetClass.value : null;
  const { evidence, findings } = gatherEvidence({
    handler: targetClass?.handler ?? target.runtimeClass,
    policy: target.kata,
    classVersion: targetClass?.kataVersion ?? null,
    nodes: facts.targetNodes,
  });
  const aboutKata = releaseLimits(evidence);
  const isAnythingKnown =
    evidence.version !== null ||
    evidence.runtime !== null ||
    evidence.enableAnnotations !== null ||
    evidence.acceptsSharedFsNone !== null;
  if (aboutKata.length === 0 && (!isAuto || isAnythingKnown)) aboutKata.push(...refusals(evidence));
  const isOpen = aboutKata.length === 0;
  const isOffered = evidence.acceptsSharedFsNone === true;
  aboutKata.push(...findings);
  if (evidence.rootfs === "shared") aboutKata.push(block("RootfsNeedsSharedFs", "shared"));
  const isKataKnown = evidence.runtime !== null && allowListOf(evidence) !== null;
  if (isAuto && isOpen && isOffered && isKataKnown && evidence.rootfs === null) {
    aboutKata.push(block("KataSupportUnknown", "rootfs"));
  }
  return {
    by: { selection: "hypervisor-annotations" },
    evidence,
    aboutKata,
    firm: [],
    degrades: evidence.rootfs === null ? [{ ...block("RootfsUnknown"), severity: "degrades" }] : [],
    isUndecided: isAuto && !(isOffered && isKataKnown),
  };
}

/** The value must be taken, and both keys enabled; an allow-list that nobody knows refuses nothing. */
function refusals(evidence: KataEvidence): Finding[] {
  if (evidence.acceptsSharedFsNone !== true) return [block("KataRefusesAnnotation", "value")];
  const allowList = allowListOf(evidence);
  if (allowList === null) return [];
  const runtime = evidence.runtime ?? "go";
  return [SHARED_FS, ENABLE_HUGEPAGES].every((name) => admitsAnnotation(allowList, name, runtime))
    ? []
    : [block("KataRefusesAnnotation", "not enabled")];
}
