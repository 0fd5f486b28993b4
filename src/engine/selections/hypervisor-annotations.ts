// Selection hypervisor-annotations: shared_fs=none and enable_hugepages=false on the pod itself.
import { admitsAnnotation } from "../../kata/allow-list.ts";
import { ENABLE_HUGEPAGES, SHARED_FS } from "../../kata/annotations.ts";
import { againstAny } from "../against-any.ts";
import { targetEvidence } from "../class-evidence.ts";
import { allowListOf, type KataEvidence } from "../evidence.ts";
import type { Finding } from "../rule.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";
import { rootfsFindings, rootfsUnknown, unknownOfRootfs } from "./rootfs.ts";

/**
 * No release up to 4.1.0 takes the value (Go refuses it, runtime-rs shares memory all the same: kata-facts 0a), so the
 * policy's acceptsSharedFsNone is needed even where the selection is explicit: without it the tables are the evidence
 * against it.
 */
export function attemptHypervisorAnnotations({ facts, target, isAuto }: SelectionInput): Attempt {
  const { possible, findings } = targetEvidence(facts, target);
  const aboutKata = releaseLimits(possible);
  const isAnythingKnown = possible.some(
    ({ version, runtime, enableAnnotations, acceptsSharedFsNone }) =>
      (version ?? runtime ?? enableAnnotations ?? acceptsSharedFsNone) !== null,
  );
  if (aboutKata.length === 0 && (!isAuto || isAnythingKnown)) aboutKata.push(...againstAny(possible, refusals));
  const isOpen = aboutKata.length === 0;
  const isOffered = possible.every(({ acceptsSharedFsNone }) => acceptsSharedFsNone === true);
  aboutKata.push(...findings);
  aboutKata.push(...rootfsFindings(possible));
  const isKataKnown = possible.every((each) => each.runtime !== null && allowListOf(each) !== null);
  const unsaid = unknownOfRootfs(possible);
  if (isAuto && isOpen && isOffered && isKataKnown && unsaid !== null) {
    aboutKata.push(block("KataSupportUnknown", unsaid));
  }
  return {
    by: { selection: "hypervisor-annotations" },
    possible,
    aboutKata,
    firm: [],
    degrades: rootfsUnknown(unsaid),
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
