// What is known of the Kata behind one handler: gather-evidence.ts says by whom.
import type { EmptydirMode, RootfsKind } from "./policy.ts";
import type { KataRuntime, ReleaseFacts } from "../kata/releases.ts";
import { releaseFacts } from "../kata/releases.ts";
import { isBefore, type KataVersion } from "../kata/version.ts";

/** null: nobody says. */
export interface KataEvidence {
  readonly version: KataVersion | null;
  readonly runtime: KataRuntime | null;
  readonly sharedFs: string | null;
  readonly hugepages: boolean | null;
  readonly acceptsSharedFsNone: boolean | null;
  readonly rootfs: RootfsKind | null;
  readonly kubeletRoot: string | null;
  readonly emptydirMode: EmptydirMode | null;
  readonly disableBlockDeviceUse: boolean | null;
  readonly disableGuestEmptyDir: boolean | null;
  /** enable_annotations as stated by the policy and by the nodes; the release's default is not in here. */
  readonly enableAnnotations: readonly string[] | null;
}

/** The tables' row for this Kata; null where version or runtime is unknown. */
export function releaseOf(evidence: KataEvidence): ReleaseFacts | null {
  const { version, runtime } = evidence;
  return version === null || runtime === null ? null : releaseFacts(version, runtime);
}

/**
 * Go 3.28.0 to 3.32.0 rejects every pod of a configuration with block-plain (executed, vectors 13b-…). A runtime that
 * nobody states is taken for Go: the other one gives no private memory.
 */
export function isEmptydirModeRefused({ emptydirMode, version, runtime }: KataEvidence): boolean {
  if (emptydirMode === null || version === null) return false;
  return releaseFacts(version, runtime ?? "go").emptydirModes?.includes(emptydirMode) === false;
}

type BlockPlain = Pick<KataEvidence, "emptydirMode" | "version" | "disableBlockDeviceUse" | "rootfs">;

/**
 * May a default emptyDir become a disk of its own? A release before 4.0.0 either refuses the value or does nothing with it.
 * With disable_block_device_use, disks that Kata makes itself may not be attached either: that was read in part only
 * (kata-containers #10559, #13127).
 */
export function mayBeBlockPlain({ emptydirMode, version, disableBlockDeviceUse }: BlockPlain): boolean {
  if (emptydirMode !== "block-plain" || disableBlockDeviceUse === true) return false;
  return version === null || !isBefore(version, "4.0.0");
}

/**
 * Does it surely? Where nobody says disable_block_device_use it is on, as by default there, unless root filesystems come as
 * disks.
 */
export function isBlockPlain(evidence: BlockPlain): boolean {
  const { disableBlockDeviceUse, rootfs } = evidence;
  return mayBeBlockPlain(evidence) && (disableBlockDeviceUse === false || rootfs === "block");
}

/** The allow-list that hypervisor annotations meet there: stated, else the release's default, else unknown (null). */
export function allowListOf(evidence: KataEvidence): readonly string[] | null {
  return evidence.enableAnnotations ?? releaseOf(evidence)?.defaultEnableAnnotations ?? null;
}
