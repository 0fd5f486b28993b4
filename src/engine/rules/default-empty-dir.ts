import { isBefore } from "../../kata/version.ts";
import { parseQuantity } from "../quantity.ts";
import { NOTHING, ofEachVolume, type Rule, type RuleEvidence, type RuleInput } from "../rule.ts";
import { isEmptyDir } from "../volume-sources.ts";

/**
 * emptyDirs on the default medium.
 *
 * - emptydir_mode block-plain (4.0.0 or newer): a disk of its own, safe.
 * - else from 4.0.0: copied into guest memory, which it can fill, so it blocks.
 * - before 4.0.0: a folder of the pause container's root filesystem, without sizeLimit or eviction, so it degrades; but
 *   where that one is in guest memory itself (guest pull, and EROFS), it blocks.
 * - disable_guest_empty_dir: a mount like any other, which is copied, so it blocks.
 * - version or rootfs unknown: degrades, but blocks where sizeLimit is above the pod's memory limit.
 *
 * Source: kata-facts §5, row "emptyDir default"; block-plain executed, vectors 13b-….
 */
export const defaultEmptyDir: Rule = {
  name: "default-empty-dir",
  occasion: { sources: ["emptyDir"] },
  reasons: ["DefaultEmptyDir"],
  check: ofEachVolume(({ volume, path, sources }, input) => {
    const medium = volume.emptyDir?.medium ?? "";
    if (!isEmptyDir({ sources }) || medium === "Memory" || medium.startsWith("HugePages")) return NOTHING;
    const { version, rootfs } = input.destination;
    if (isBlockPlain(input.destination)) return NOTHING;
    const at = volume.emptyDir == null ? path : `${path}/emptyDir`;
    if (input.destination.disableGuestEmptyDir === true) {
      return [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail: "disable_guest_empty_dir" }];
    }
    if (isInGuestMemory(input.destination)) {
      return [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail: "guest memory" }];
    }
    const size = volume.emptyDir?.sizeLimit == null ? null : parseQuantity(volume.emptyDir.sizeLimit);
    const limit = (version === null || rootfs === null) && size !== null ? memoryLimit(input) : null;
    return limit !== null && size !== null && size > limit
      ? [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail: "sizeLimit above the memory limit" }]
      : [{ reason: "DefaultEmptyDir", severity: "degrades", path: at }];
  }),
};

/**
 * A release before 4.0.0 either refuses the value or does nothing with it. With disable_block_device_use, disks that Kata
 * makes itself may not be attached either: that was read in part only, so it counts against.
 */
export function isBlockPlain({ emptydirMode, version, disableBlockDeviceUse }: RuleEvidence): boolean {
  if (emptydirMode !== "block-plain" || disableBlockDeviceUse === true) return false;
  return version === null || !isBefore(version, "4.0.0");
}

function isInGuestMemory({ version, rootfs }: RuleEvidence): boolean {
  if (version !== null && !isBefore(version, "4.0.0")) return true;
  return rootfs === "guest-pull" || rootfs === "erofs";
}

/** One pod's, so that a pod of many volumes and containers costs their sum and not their product. */
const limits = new WeakMap<RuleInput["containers"], { readonly bytes: number | null }>();

/** Bytes: the pod's own limit, else the sum of its containers' if each has one. */
function memoryLimit(input: RuleInput): number | null {
  let known = limits.get(input.containers);
  if (known === undefined) {
    known = { bytes: sumOfLimits(input) };
    limits.set(input.containers, known);
  }
  return known.bytes;
}

function sumOfLimits({ pod, containers }: RuleInput): number | null {
  const own = pod.spec?.resources?.limits?.["memory"];
  if (own != null) return parseQuantity(own);
  let sum = 0;
  for (const { container, path } of containers) {
    if (!path.startsWith("/spec/containers/")) continue;
    const limit = container.resources?.limits?.["memory"];
    const bytes = limit == null ? null : parseQuantity(limit);
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}
