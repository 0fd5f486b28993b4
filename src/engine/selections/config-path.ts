// Selection config-path: the annotation io.katacontainers.config_path names another configuration file on the node.
import { releaseFacts } from "../../kata/releases.ts";
import { againstAny } from "../against-any.ts";
import { fileEvidence } from "../class-evidence.ts";
import { isEmptydirModeRefused, type KataEvidence } from "../evidence.ts";
import type { PolicyTarget } from "../policy.ts";
import type { Finding } from "../rule.ts";
import { type Attempt, block, type SelectionInput } from "./attempt.ts";
import { releaseLimits } from "./release-limits.ts";
import { rootfsFindings, rootfsUnknown, unknownOfRootfs } from "./rootfs.ts";
import { refusedUserAnnotations } from "./user-annotations.ts";

/** Go runtime, 3.12.0 to 3.32.0 (rt/pkg/containerd-shim-v2/create.go 3.12:266, 3.32:268; gone at 4.0.0, 03cc670076). */
export function attemptConfigPath({ facts, pod, policy, target, isAuto }: SelectionInput): Attempt {
  const { possible: handlers, findings } = fileEvidence(facts, target);
  const possible = handlers.map((handler) => behindTheFile(handler, target));
  const aboutKata = releaseLimits(possible);
  if (aboutKata.length === 0) aboutKata.push(...againstAny(possible, ignoredBy));
  // Where the way is closed for good, what else would be needed for it says nothing.
  const isOpen = aboutKata.length === 0;
  const { configPath } = target;
  if (configPath === null) {
    // parsePolicy refuses an explicit config-path without a file; a policy made in code may still lack it.
    const firm = isAuto ? [] : [block("KataSupportUnknown", "configPath")];
    return { by: null, possible, aboutKata, firm, degrades: [], isUndecided: aboutKata.length === 0 };
  }
  aboutKata.push(...findings, ...refusedUserAnnotations(pod, possible, policy.dangerouslyAllow));
  if (possible.some(isEmptydirModeRefused) && !aboutKata.some(({ reason }) => reason === "EvidenceContradicts")) {
    aboutKata.push(block("EvidenceContradicts", "emptydirMode"));
  }
  aboutKata.push(...rootfsFindings(possible));
  const isKataKnown = possible.every(({ version, runtime }) => version !== null && runtime !== null);
  const unsaid = unknownOfRootfs(possible);
  if (isAuto && isOpen && isKataKnown && unsaid !== null) aboutKata.push(block("KataSupportUnknown", unsaid));
  // Some nodes say what is needed, and others of the same handler nothing.
  const isPartlyKnown = !isKataKnown && possible.some(({ version, runtime }) => version !== null && runtime !== null);
  if (isAuto && isOpen && isPartlyKnown) aboutKata.push(block("KataSupportUnknown", "nodes without a report"));
  return {
    by: { selection: "config-path", configPath },
    possible,
    aboutKata,
    firm: [],
    degrades: rootfsUnknown(unsaid),
    isUndecided: isAuto && !isKataKnown,
  };
}

/** Both runtimes stopped reading it at the same release, so the version alone tells. */
function ignoredBy({ version, runtime }: KataEvidence): Finding[] {
  if (version === null || releaseFacts(version, runtime ?? "go").configPath !== "ignored") return [];
  return [block("ConfigPathIgnored", "from 4.0.0")];
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
    disableGuestEmptyDir: file.disableGuestEmptyDir ?? kata.disableGuestEmptyDir ?? null,
  };
}
