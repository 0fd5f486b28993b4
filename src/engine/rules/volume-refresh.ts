import { isBefore } from "../../kata/version.ts";
import { isPartOnly } from "../mounted-volumes.ts";
import type { Volume } from "../pod.ts";
import type { Policy } from "../policy.ts";
import { NOTHING, ofEachVolume, type Rule, type RuleEvidence } from "../rule.ts";

const REFRESHED = ["configMap", "secret", "downwardAPI", "projected"] as const;

/** Where Kata looks for volumes to refresh; fixed before kubelet_root_dir came with 3.28.0 (sandbox.go 3.12:641). */
const DEFAULT_KUBELET_ROOT = "/var/lib/kubelet";

/** Volumes that the kubelet refreshes and Kata, looking elsewhere, does not. A subPath mount is never refreshed. */
export const volumeRefresh: Rule = {
  name: "volume-refresh",
  occasion: { sources: REFRESHED },
  reasons: ["VolumeRefreshStops"],
  check: ofEachVolume(({ volume, path, mounts }, { destination, policy }) => {
    if (!looksElsewhere(destination, policy) || isPartOnly(mounts)) return NOTHING;
    const source = refreshedSource(volume);
    if (source === null) return NOTHING;
    return [{ reason: "VolumeRefreshStops", severity: "degrades", path: `${path}/${source}`, detail: source }];
  }),
};

/**
 * From 3.28.0 on it looks where kubelet_root_dir says, which nobody tells us: a warning at every pod would be wrong
 * wherever it is set, and an operator who wants such pods left alone is heard.
 */
function looksElsewhere({ version, kubeletRoot }: RuleEvidence, { rules }: Policy): boolean {
  const isConfigurable = version !== null && !isBefore(version, "3.28.0");
  if (isConfigurable && rules.VolumeRefreshStops !== "skip") return false;
  return kubeletRoot !== null && kubeletRoot.replace(/\/+$/, "") !== DEFAULT_KUBELET_ROOT;
}

function refreshedSource(volume: Volume): string | null {
  for (const source of REFRESHED) if (volume[source] != null) return source;
  return null;
}
