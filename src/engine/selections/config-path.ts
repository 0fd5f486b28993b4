// Selection config-path: the annotation io.katacontainers.config_path names another configuration file on the node.
import { releaseFacts } from "../../kata/releases.ts";
import { gatherEvidence, isEmptydirModeRefused, type KataEvidence } from "../evidence.ts";
import type { PolicyTarget } from "../policy.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";
import { refusedUserAnnotations } from "./user-annotations.ts";

/** Go runtime, 3.12.0 to 3.32.0 (rt/pkg/containerd-shim-v2/create.go 3.12:266, 3.32:268; gone at 4.0.0, 03cc670076). */
export function attemptConfigPath({ facts, pod, policy, target, isAuto }: SelectionInput): Attempt {
  const targetClass = facts.targetClass.kind === "known" ? facts.targetClass.value : null;
  const { evidence: handler, findings } = gatherEvidence({
    handler: targetClass?.handler ?? target.runtimeClass,
    policy: { ...target.kata, ...rootfsOf(target) },
    classVersion: targetClass?.kataVersion ?? null,
    nodes: facts.targetNodes,
  });
  const evidence = behindTheFile(handler, target);
  const aboutKata = releaseLimits(evidence);
  // Both runtimes stopped reading it at the same release, so the version alone tells.
  if (evidence.version !== null && releaseFacts(evidence.version, evidence.runtime ?? "go").configPath === "ignored") {
    if (aboutKata.length === 0) aboutKata.push(block("ConfigPathIgnored", "from 4.0.0"));
  }
  // Where the way is closed for good, what else would be needed for it says nothing.
  const isOpen = aboutKata.length === 0;
  const { configPath } = target;
  if (configPath === null) {
    // parsePolicy refuses an explicit config-path without a file; a policy made in code may still lack it.
    const firm = isAuto ? [] : [block("KataSupportUnknown", "configPath")];
    return { by: null, evidence, aboutKata, firm, degrades: [], isUndecided: aboutKata.length === 0 };
  }
  aboutKata.push(...findings, ...refusedUserAnnotations(pod, evidence, policy.dangerouslyAllow));
  if (isEmptydirModeRefused(evidence) && !aboutKata.some(({ reason }) => reason === "EvidenceContradicts")) {
    aboutKata.push(block("EvidenceContradicts", "emptydirMode"));
  }
  if (evidence.rootfs === "shared") aboutKata.push(block("RootfsNeedsSharedFs", "shared"));
  const isKataKnown = evidence.version !== null && evidence.runtime !== null;
  if (isAuto && isOpen && isKataKnown && evidence.rootfs === null)
    aboutKata.push(block("KataSupportUnknown", "rootfs"));
  return {
    by: { selection: "config-path", configPath },
    evidence,
    aboutKata,
    firm: [],
    degrades: evidence.rootfs === null ? [{ ...block("RootfsUnknown"), severity: "degrades" }] : [],
    isUndecided: isAuto && !isKataKnown,
  };
}

/** The handler picks the snapshotter, not the file: a handler that is said to share its rootfs stays one that does. */
function rootfsOf({ kata, private: file }: PolicyTarget): Pick<PolicyTarget["kata"], "rootfs"> {
  const rootfs = kata.rootfs === "shared" ? kata.rootfs : (file.rootfs ?? kata.rootfs);
  return rootfs === undefined ? {} : { rootfs };
}

/** The handler's Kata with the file's configuration: what nodes report of the handler's own does not hold there. */
function behindTheFile(handler: KataEvidence, { kata, private: file }: PolicyTarget): KataEvidence {
  return {
    ...handler,
    sharedFs: null,
    hugepages: null,
    enableAnnotations: file.enableAnnotations ?? null,
    emptydirMode: file.emptydirMode ?? kata.emptydirMode ?? null,
    disableBlockDeviceUse: file.disableBlockDeviceUse ?? kata.disableBlockDeviceUse ?? null,
  };
}
