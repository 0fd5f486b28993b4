import { hasSubPath } from "../mounted-volumes.ts";
import type { KeyToPath, Volume } from "../pod.ts";
import type { Finding, Rule } from "../rule.ts";

const ITEM_SOURCES = ["configMap", "secret", "downwardAPI"] as const;

/**
 * Files in subfolders of a volume that the kubelet refreshes: the refresh joins only the base name of the path, so such
 * a file is flattened the first time (kata-facts §5, copyUpdatedFiles). Kubernetes never refreshes a subPath mount.
 */
export const nestedItemPath: Rule = {
  name: "nested-item-path",
  reasons: ["NestedItemPath"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path, mounts }) => {
      if (mounts.every(({ mount }) => hasSubPath(mount))) return [];
      return itemPaths(volume, path)
        .filter((item) => item.value.includes("/"))
        .map((item): Finding => ({
          reason: "NestedItemPath",
          severity: "blocks",
          path: item.path,
          detail: "subfolder",
        }));
    }),
};

interface ItemPath {
  readonly value: string;
  readonly path: string;
}

function itemPaths(volume: Volume, path: string): ItemPath[] {
  const projected = (volume.projected?.sources ?? []).flatMap((source, index) => {
    const at = `${path}/projected/sources/${index}`;
    const named = ["serviceAccountToken", "clusterTrustBundle"].map((name) => ({
      value: source[name]?.path ?? "",
      path: `${at}/${name}/path`,
    }));
    return [...named, ...ITEM_SOURCES.flatMap((name) => listed(source[name]?.items, `${at}/${name}`))];
  });
  return [...ITEM_SOURCES.flatMap((name) => listed(volume[name]?.items, `${path}/${name}`)), ...projected];
}

function listed(items: readonly KeyToPath[] | null | undefined, path: string): ItemPath[] {
  return (items ?? []).map((item, index) => ({ value: item.path ?? "", path: `${path}/items/${index}/path` }));
}
