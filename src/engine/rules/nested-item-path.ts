import { isPartOnly } from "../mounted-volumes.ts";
import type { ItemsSource, ProjectedSource } from "../pod.ts";
import { type Finding, NOTHING, ofEachVolume, type Rule } from "../rule.ts";

const ITEM_SOURCES = ["configMap", "secret", "downwardAPI"] as const;
/** Projected sources that are one file. */
const NAMED_SOURCES = ["serviceAccountToken", "clusterTrustBundle"] as const;

/**
 * Files in subfolders of a volume that the kubelet refreshes: the refresh joins only the base name of the path, so such
 * a file is flattened the first time (kata-facts §5, copyUpdatedFiles). Kubernetes never refreshes a subPath mount.
 */
export const nestedItemPath: Rule = {
  name: "nested-item-path",
  occasion: { sources: [...ITEM_SOURCES, "projected"] },
  reasons: ["NestedItemPath"],
  check: ofEachVolume(({ volume, path, mounts }) => {
    if (isPartOnly(mounts)) return NOTHING;
    const found: Finding[] = [];
    for (const name of ITEM_SOURCES) judge(volume[name], path, name, found);
    const sources = volume.projected?.sources ?? [];
    for (let index = 0; index < sources.length; index += 1) {
      const source = sources[index] as ProjectedSource;
      const at = `${path}/projected/sources/${index}`;
      for (const name of NAMED_SOURCES) {
        if (source[name]?.path?.includes("/") === true) found.push(nested(`${at}/${name}/path`));
      }
      for (const name of ITEM_SOURCES) judge(source[name], at, name, found);
    }
    return found;
  }),
};

function judge(source: ItemsSource | null | undefined, at: string, name: string, found: Finding[]): void {
  const items = source?.items;
  if (items == null) return;
  for (let index = 0; index < items.length; index += 1) {
    if (items[index]?.path?.includes("/") === true) found.push(nested(`${at}/${name}/items/${index}/path`));
  }
}

function nested(path: string): Finding {
  return { reason: "NestedItemPath", severity: "blocks", path, detail: "subfolder" };
}
