import type { Mount } from "../mounted-volumes.ts";
import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/**
 * hostPath files are copied into the guest when the container is created; nothing is written back, and a change on the
 * host is not seen (kata-facts §5, row "hostPath file"). One writable mount makes the file writable.
 */
export const hostPathFile: Rule = {
  name: "host-path-file",
  occasion: { sources: ["hostPath"] },
  reasons: ["HostPathFile", "HostPathFileReadOnly"],
  check: ofEachVolume(({ volume, path, mounts }) => {
    const type = volume.hostPath?.type;
    if (type !== "File" && type !== "FileOrCreate") return NOTHING;
    return mounts.every(isReadOnly)
      ? [{ reason: "HostPathFileReadOnly", severity: "degrades", path: `${path}/hostPath`, detail: type }]
      : [{ reason: "HostPathFile", severity: "blocks", path: `${path}/hostPath`, detail: type }];
  }),
};

function isReadOnly({ mount }: Mount): boolean {
  return mount.readOnly === true;
}
