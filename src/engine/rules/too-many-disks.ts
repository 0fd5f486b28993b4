import { mayBeBlockPlain } from "../evidence.ts";
import { NOTHING, type Rule, type RuleInput } from "../rule.ts";
import { isOnDefaultMedium } from "../volume-sources.ts";

/**
 * Kata's Go runtime attaches disks to Cloud Hypervisor's first PCI segment alone (clh.go clhPciInfoToPath), which has 32 slots
 * (cloud-hypervisor pci/src/bus.rs NUM_DEVICE_IDS; kata-containers #8387 says 16), and some are taken by what every guest has. Read and not executed, so
 * eight are left for those.
 */
const MOST_DISKS = 24;

/** The pause container's image: a layer, and a disk to write to. */
const DISKS_OF_PAUSE_EROFS = 2;

/**
 * Each root filesystem comes as a disk of its own, that of the pause container too; with EROFS, of which the Go runtime reads
 * unmerged ones only, as a disk for each layer (kata-containers #11249) and one to write to. No pod says how many layers its
 * images have, so the policy does. Where the rootfs is not known it counts as that. Block claims, block devices of the host and emptyDirs with
 * block-plain are a disk each.
 */
export const tooManyDisks: Rule = {
  name: "too-many-disks",
  occasion: "any pod",
  reasons: ["TooManyDisks"],
  check: (input) => {
    const disks = disksOf(input);
    if (disks <= MOST_DISKS) return NOTHING;
    return [{ reason: "TooManyDisks", severity: "blocks", path: "/spec", detail: told(disks, input) }];
  },
};

function told(disks: number, { target, destination: { rootfs } }: RuleInput): string {
  const most = `${disks} for ${MOST_DISKS} slots`;
  if (rootfs !== "erofs" && rootfs !== null) return most;
  return `${most}, ${rootfs === null ? "rootfs unknown, " : ""}${target.maxImageLayers} layers an image`;
}

function disksOf({ pod, containers, volumes, target, destination }: RuleInput): number {
  // An ephemeral container comes later, if at all.
  const roots = containers.length - (pod.spec?.ephemeralContainers?.length ?? 0);
  const isDisk = mayBeBlockPlain(destination);
  let disks = disksOfRoots(roots, target.maxImageLayers, destination);
  for (const each of volumes) {
    const isHostDisk = each.volume.hostPath?.type === "BlockDevice";
    if (each.isDevice || isHostDisk || (isDisk && isOnDefaultMedium(each))) disks += 1;
  }
  return disks;
}

/** @param containers how many there are besides the pause container */
function disksOfRoots(containers: number, layers: number, { rootfs }: RuleInput["destination"]): number {
  switch (rootfs) {
    case "block":
      return containers + 1;
    case "guest-pull":
    case "shared":
      return 0;
    case "erofs":
    case null:
      return containers * (layers + 1) + DISKS_OF_PAUSE_EROFS;
    default:
      return rootfs satisfies never;
  }
}
