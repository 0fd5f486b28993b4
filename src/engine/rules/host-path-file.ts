import type { Finding, Rule } from "../rule.ts";

/**
 * hostPath files are copied into the guest when the container is created; nothing is written back, and a change on the
 * host is not seen (kata-facts §5, row "hostPath file"). One writable mount makes the file writable.
 */
export const hostPathFile: Rule = {
  name: "host-path-file",
  reasons: ["HostPathFile", "HostPathFileReadOnly"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path, mounts }): Finding[] => {
      const type = volume.hostPath?.type;
      if (type !== "File" && type !== "FileOrCreate") return [];
      const isReadOnly = mounts.every(({ mount }) => mount.readOnly === true);
      return isReadOnly
        ? [{ reason: "HostPathFileReadOnly", severity: "degrades", path: `${path}/hostPath`, detail: type }]
        : [{ reason: "HostPathFile", severity: "blocks", path: `${path}/hostPath`, detail: type }];
    }),
};
