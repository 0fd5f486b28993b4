import type { Finding, Rule } from "../rule.ts";

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
  reasons: ["NetworkVolume"],
  check: ({ volumes }) =>
    volumes.flatMap(({ sources, path }) =>
      sources
        .filter((source) => NETWORK_SOURCES.has(source))
        .map((source): Finding => ({
          reason: "NetworkVolume",
          severity: "blocks",
          path: `${path}/${source}`,
          detail: source,
        })),
    ),
};
