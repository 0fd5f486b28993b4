import { isEmptyDir } from "../volume-sources.ts";
import { isBlockPlain } from "./default-empty-dir.ts";
import { NOTHING, type Rule, type RuleInput } from "../rule.ts";

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

function disksOf({ containers, volumes, destination }: RuleInput): number {
  const claims = new Set<string>();
  let roots = 1;
  for (const { container, path } of containers) {
    // An ephemeral one comes later, if at all.
    if (!path.startsWith("/spec/ephemeralContainers/")) roots += 1;
    for (const { name } of container.volumeDevices ?? []) claims.add(name);
  }
  let disks = claims.size + roots * disksPerRoot(destination);
  if (isBlockPlain(destination)) for (const volume of volumes) if (isEmptyDir(volume)) disks += 1;
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
