import { type Finding, ofEachVolume, type Rule } from "../rule.ts";

/** core/v1 VolumeSource: every source that mounts a filesystem from elsewhere, deprecated and removed ones too. */
export const NETWORK_SOURCES: ReadonlySet<string> = new Set([
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "gitRepo",
  "glusterfs",
  "iscsi",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
]);

/** In-tree network volumes are host directories to Kata: one-way copies (kata-facts §5, "NFS etc."). */
export const networkVolume: Rule = {
  name: "network-volume",
  occasion: { sources: NETWORK_SOURCES },
  reasons: ["NetworkVolume"],
  check: ofEachVolume(({ sources, path }) => {
    const found: Finding[] = [];
    for (const source of sources) {
      if (!NETWORK_SOURCES.has(source)) continue;
      found.push({ reason: "NetworkVolume", severity: "blocks", path: `${path}/${source}`, detail: source });
    }
    return found;
  }),
};
