import { isBlockPlain } from "../evidence.ts";
import { NOTHING, type Rule, type RuleInput } from "../rule.ts";
import { isOnDefaultMedium } from "../volume-sources.ts";

/**
 * Kata's Go runtime attaches disks to Cloud Hypervisor's first PCI segment, which has 32 slots (kata-containers #8387), and
 * some are taken by what every guest has. Not executed: eight are left for those.
 */
const MOST_DISKS = 24;

/**
 * Each root filesystem comes as a disk of its own, that of the pause container too; with unmerged EROFS as a disk for
 * each layer and one to write to, of which no pod says how many, so two at least. Where the rootfs is not known it counts
 * as that. Block claims and emptyDirs with block-plain are a disk each.
 */
export const tooManyDisks: Rule = {
  name: "too-many-disks",
  occasion: "any pod",
  reasons: ["TooManyDisks"],
  check: (input) =>
    disksOf(input) > MOST_DISKS
      ? [{ reason: "TooManyDisks", severity: "blocks", path: "/spec", detail: `more than ${MOST_DISKS}` }]
      : NOTHING,
};

function disksOf({ pod, containers, volumes, destination }: RuleInput): number {
  // An ephemeral container comes later, if at all.
  const roots = 1 + containers.length - (pod.spec?.ephemeralContainers?.length ?? 0);
  const isDisk = isBlockPlain(destination);
  let disks = roots * disksPerRoot(destination);
  for (const each of volumes) if (each.isDevice || (isDisk && isOnDefaultMedium(each))) disks += 1;
  return disks;
}

function disksPerRoot({ rootfs }: RuleInput["destination"]): number {
  switch (rootfs) {
    case "block":
      return 1;
    case "guest-pull":
    case "shared":
      return 0;
    case "erofs":
    case null:
      return 2;
    default:
      return rootfs satisfies never;
  }
}
