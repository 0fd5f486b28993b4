import { isBefore } from "../../kata/version.ts";
import { isBlockPlain, mayBeBlockPlain } from "../evidence.ts";
import { parseQuantity } from "../quantity.ts";
import { NOTHING, ofEachVolume, type Rule, type RuleEvidence, type RuleInput } from "../rule.ts";
import { isOnDefaultMedium } from "../volume-sources.ts";

/**
 * emptyDirs on the default medium.
 *
 * - emptydir_mode block-plain (4.0.0 or newer): a disk of its own, of which empty-dir-owner and too-many-disks have their say.
 * - else from 4.0.0: copied into guest memory, which it can fill, so it blocks.
 * - before 4.0.0: a folder of the pause container's root filesystem, without sizeLimit or eviction, so it degrades; but
 *   where that one is in guest memory itself (guest pull, and EROFS), it blocks.
 * - disable_guest_empty_dir: no folder of the guest's but a mount like any other (katautils SetEphemeralStorageType), and
 *   mounts are copied, so it blocks whatever the release's default is.
 * - version or rootfs unknown: degrades, but blocks where sizeLimit is above the pod's memory limit.
 *
 * Source: kata-facts §5, row "emptyDir default"; block-plain executed, vectors 13b-….
 */
export const defaultEmptyDir: Rule = {
  name: "default-empty-dir",
  occasion: { sources: ["emptyDir"] },
  reasons: ["DefaultEmptyDir"],
  check: ofEachVolume((mounted, input) => {
    if (!isOnDefaultMedium(mounted) || isBlockPlain(input.destination)) return NOTHING;
    const { volume, path } = mounted;
    const { version, rootfs } = input.destination;
    const at = volume.emptyDir == null ? path : `${path}/emptyDir`;
    if (input.destination.disableGuestEmptyDir === true) {
      return [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail: "disable_guest_empty_dir" }];
    }
    if (isInGuestMemory(input.destination)) {
      const detail = isDiskUnknown(input.destination) ? "disableBlockDeviceUse unknown" : "guest memory";
      return [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail }];
    }
    const size = volume.emptyDir?.sizeLimit == null ? null : parseQuantity(volume.emptyDir.sizeLimit);
    const limit = (version === null || rootfs === null) && size !== null ? memoryLimit(input) : null;
    return limit !== null && size !== null && size > limit
      ? [{ reason: "DefaultEmptyDir", severity: "blocks", path: at, detail: "sizeLimit above the memory limit" }]
      : [{ reason: "DefaultEmptyDir", severity: "degrades", path: at }];
  }),
};

/** With one word more of it, it would be a disk. */
function isDiskUnknown(destination: RuleEvidence): boolean {
  return mayBeBlockPlain(destination) && destination.disableBlockDeviceUse === null;
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
