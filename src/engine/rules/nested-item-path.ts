import { hasSubPath } from "../mounted-volumes.ts";
import type { KeyToPath } from "../pod.ts";
import type { Finding, Rule } from "../rule.ts";

const ITEM_SOURCES = ["configMap", "secret", "downwardAPI"] as const;
/** Projected sources that are one file. */
const NAMED_SOURCES = ["serviceAccountToken", "clusterTrustBundle"] as const;

/**
 * Files in subfolders of a volume that the kubelet refreshes: the refresh joins only the base name of the path, so such
 * a file is flattened the first time (kata-facts §5, copyUpdatedFiles). Kubernetes never refreshes a subPath mount.
 */
export const nestedItemPath: Rule = {
  name: "nested-item-path",
  reasons: ["NestedItemPath"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path, mounts }) => {
      const found: Finding[] = [];
      if (mounts.every(({ mount }) => hasSubPath(mount))) return found;
      for (const name of ITEM_SOURCES) judge(volume[name]?.items, `${path}/${name}`, found);
      volume.projected?.sources?.forEach((source, index) => {
        const at = `${path}/projected/sources/${index}`;
        for (const name of NAMED_SOURCES) {
          if (source[name]?.path?.includes("/") === true) found.push(nested(`${at}/${name}/path`));
        }
        for (const name of ITEM_SOURCES) judge(source[name]?.items, `${at}/${name}`, found);
      });
      return found;
    }),
};

function judge(items: readonly KeyToPath[] | null | undefined, path: string, found: Finding[]): void {
  items?.forEach((item, index) => {
    if (item.path?.includes("/") === true) found.push(nested(`${path}/items/${index}/path`));
  });
}

function nested(path: string): Finding {
  return { reason: "NestedItemPath", severity: "blocks", path, detail: "subfolder" };
}
