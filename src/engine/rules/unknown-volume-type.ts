import type { ProjectedSource } from "../pod.ts";
import { type Finding, NOTHING, ofEachVolume, type Rule } from "../rule.ts";
import { NETWORK_SOURCES } from "./network-volume.ts";

/** Sources that another rule judges, or that are safe. */
const JUDGED_SOURCES: ReadonlySet<string> = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "hostPath",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** Projected sources that the kubelet writes as files in a `..data` folder, which Kata's watcher follows. */
const SAFE_PROJECTED: ReadonlySet<string> = new Set([
  "clusterTrustBundle",
  "configMap",
  "downwardAPI",
  "secret",
  "serviceAccountToken",
]);

/** Every source that is not known: Kubernetes adds new ones, and none is safe until it has been looked at. */
export const unknownVolumeType: Rule = {
  name: "unknown-volume-type",
  occasion: "any pod",
  reasons: ["UnknownVolumeType"],
  check: ofEachVolume(({ volume, path, sources }) => {
    if (!sources.every(isJudged)) return [{ reason: "UnknownVolumeType", severity: "blocks", path }];
    const projected = volume.projected?.sources;
    if (projected == null) return NOTHING;
    const found: Finding[] = [];
    for (let index = 0; index < projected.length; index += 1) {
      if (isSafeProjected(projected[index] as ProjectedSource)) continue;
      found.push({ reason: "UnknownVolumeType", severity: "blocks", path: `${path}/projected/sources/${index}` });
    }
    return found;
  }),
};

function isJudged(source: string): boolean {
  return JUDGED_SOURCES.has(source) || NETWORK_SOURCES.has(source);
}

function isSafeProjected(source: ProjectedSource): boolean {
  for (const key of Object.keys(source)) if (source[key] != null && !SAFE_PROJECTED.has(key)) return false;
  return true;
}
