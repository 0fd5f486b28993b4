import { mountPath } from "../mounted-volumes.ts";
import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/** Types that host-path-file and host-path-socket judge. */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set(["File", "FileOrCreate", "Socket"]);

/**
 * hostPath directories and devices.
 *
 * - Directory, DirectoryOrCreate, no type: a recursive one-way copy; also under /dev, /proc and /sys, as the path may
 *   be a directory there (kata-facts §5: fs_share_linux.go ShareFile 3.12:310-345, 4.1:332-420).
 * - CharDevice: the guest's own where it is mounted at its own path under /dev, as with virtio-fs; elsewhere the mount is
 *   dropped (container.go isHostDevice asks for the path in the container).
 * - BlockDevice: hot-plugged where the handler's block device use is on, which only a statement tells: the release's
 *   default (true since 3.26.0) is what handlers for block rootfs change.
 */
export const hostPathVolume: Rule = {
  name: "host-path-volume",
  occasion: { sources: ["hostPath"] },
  reasons: ["HostPathVolume"],
  check: ofEachVolume(({ volume, path, mounts }, { destination }) => {
    const { hostPath } = volume;
    if (hostPath == null) return NOTHING;
    const type = hostPath.type ?? "";
    if (JUDGED_ELSEWHERE.has(type)) return NOTHING;
    if (type === "CharDevice" && isUnderDev(hostPath.path ?? "")) {
      const elsewhere = mounts.find(({ mount }) => mount.mountPath !== hostPath.path);
      if (elsewhere === undefined) return NOTHING;
      return [
        { reason: "HostPathVolume", severity: "blocks", path: mountPath(elsewhere), detail: "CharDevice elsewhere" },
      ];
    }
    if (type === "BlockDevice" && destination.disableBlockDeviceUse === false) return NOTHING;
    return [{ reason: "HostPathVolume", severity: "blocks", path: `${path}/hostPath`, detail: describe(type) }];
  }),
};

function isUnderDev(path: string): boolean {
  return path.startsWith("/dev/") && !path.split("/").includes("..");
}

function describe(type: string): string {
  switch (type) {
    case "CharDevice":
    case "BlockDevice":
    case "Directory":
    case "DirectoryOrCreate":
      return type;
    case "":
      return "type unset";
    default:
      return "unknown type";
  }
}
