import type { Finding, Rule } from "../rule.ts";
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
  reasons: ["UnknownVolumeType"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path, sources }): Finding[] => {
      if (sources.some((source) => !JUDGED_SOURCES.has(source) && !NETWORK_SOURCES.has(source))) {
        return [{ reason: "UnknownVolumeType", severity: "blocks", path }];
      }
      return (volume.projected?.sources ?? []).flatMap((source, index): Finding[] =>
        Object.keys(source).some((key) => source[key] != null && !SAFE_PROJECTED.has(key))
          ? [{ reason: "UnknownVolumeType", severity: "blocks", path: `${path}/projected/sources/${index}` }]
          : [],
      );
    }),
};
