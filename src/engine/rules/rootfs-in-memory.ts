import { isBefore } from "../../kata/version.ts";
import { NOTHING, type Rule } from "../rule.ts";

/** First release that may have kata-containers #12079 (opened after 3.22.0). */
const OLDEST_RWLAYER = "3.23.0";

/**
 * EROFS images are read-only. Before kata-containers #12079 what a container writes went to a tmpfs of the guest's; later it goes to
 * a disk where containerd makes one (default_size), which the operator states by rootfs: erofs.
 */
export const rootfsInMemory: Rule = {
  name: "rootfs-in-memory",
  occasion: "any pod",
  reasons: ["RootfsInMemory"],
  check: ({ destination: { rootfs, version } }) =>
    rootfs === "erofs" && version !== null && isBefore(version, OLDEST_RWLAYER)
      ? [{ reason: "RootfsInMemory", severity: "blocks", path: "/spec", detail: `before ${OLDEST_RWLAYER}` }]
      : NOTHING,
};
