import { isBefore } from "../../kata/version.ts";
import { hasSubPath } from "../mounted-volumes.ts";
import type { Finding, Rule } from "../rule.ts";

const REFRESHED = ["configMap", "secret", "downwardAPI", "projected"] as const;

/** Where Kata looks for volumes to refresh; fixed before kubelet_root_dir came with 3.28.0 (sandbox.go 3.12:641). */
const DEFAULT_KUBELET_ROOT = "/var/lib/kubelet";

/** Volumes that the kubelet refreshes and Kata, looking elsewhere, does not. A subPath mount is never refreshed. */
export const volumeRefresh: Rule = {
  name: "volume-refresh",
  reasons: ["VolumeRefreshStops"],
  check: ({ volumes, destination: { version, kubeletRoot } }) => {
    if (version === null || !isBefore(version, "3.28.0")) return [];
    if (kubeletRoot === null || kubeletRoot.replace(/\/+$/, "") === DEFAULT_KUBELET_ROOT) return [];
    return volumes.flatMap(({ volume, path, mounts }): Finding[] => {
      const source = REFRESHED.find((each) => volume[each] != null);
      if (source === undefined || mounts.every(({ mount }) => hasSubPath(mount))) return [];
      return [{ reason: "VolumeRefreshStops", severity: "degrades", path: `${path}/${source}`, detail: source }];
    });
  },
};
