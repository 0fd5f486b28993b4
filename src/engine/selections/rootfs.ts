// Does a container's root filesystem reach the guest where nothing is shared? kata-facts §5, Rootfs.
import { isBefore } from "../../kata/version.ts";
import { againstAny } from "../against-any.ts";
import { type KataEvidence, releaseOf } from "../evidence.ts";
import type { Finding } from "../rule.ts";
import { block } from "./attempt.ts";

/** First release whose Go runtime hands an EROFS root filesystem to the guest (f63ec50ba3). */
const OLDEST_EROFS = "3.17.0";

/** What is known against the root filesystem of any Kata that may run the pod. */
export function rootfsFindings(possible: readonly KataEvidence[]): Finding[] {
  return againstAny(possible, (evidence) => {
    const why = whyNotCarried(evidence);
    return why === null ? [] : [block("RootfsNeedsSharedFs", why)];
  });
}

/**
 * A disk is left to the guest only where the configuration file's disable_block_device_use is false (create.go
 * checkAndMount, 3.12:313 to 4.1); with EROFS it does not matter.
 */
function whyNotCarried({ rootfs, disableBlockDeviceUse, version }: KataEvidence): string | null {
  if (rootfs === "shared") return "shared";
  if (rootfs === "block" && disableBlockDeviceUse === true) return "disable_block_device_use";
  const isTooOld = rootfs === "erofs" && version !== null && isBefore(version, OLDEST_EROFS);
  return isTooOld ? `EROFS before ${OLDEST_EROFS}` : null;
}

type Unsaid = "rootfs" | "disableBlockDeviceUse" | null;

/** What would have to be known of the root filesystem, and is not, as a field of the policy's statements; null: nothing. */
export function unknownOfRootfs(possible: readonly KataEvidence[]): Unsaid {
  if (possible.some(({ rootfs }) => rootfs === null)) return "rootfs";
  return possible.some(isBlockUseUnknown) ? "disableBlockDeviceUse" : null;
}

/** The same as a finding for a selection that the policy names, which is taken at its word. */
export function rootfsUnknown(unsaid: Unsaid): Finding[] {
  if (unsaid === null) return [];
  return [{ ...block("RootfsUnknown", unsaid === "rootfs" ? undefined : unsaid), severity: "degrades" }];
}

/** Nobody says, and the release's default is true (from 3.26.0 on) or unknown as well. */
function isBlockUseUnknown(evidence: KataEvidence): boolean {
  const { rootfs, disableBlockDeviceUse } = evidence;
  if (rootfs !== "block" || disableBlockDeviceUse !== null) return false;
  return releaseOf(evidence)?.defaultDisableBlockDeviceUse !== false;
}
