import { mayBeBlockPlain } from "../evidence.ts";
import type { Mount } from "../mounted-volumes.ts";
import type { Pod } from "../pod.ts";
import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";
import { isOnDefaultMedium } from "../volume-sources.ts";

/**
 * An emptyDir that is a disk is a new ext4 file system, whose root folder is root's alone, where the kubelet's folder may be
 * written by all. The agent gives it to the pod's fsGroup, and to nobody where there is none (kata-containers #12736; agent
 * storage set_ownership, read). Which user an image names admission does not see. emptyDir.mode the agent does not know.
 */
export const emptyDirOwner: Rule = {
  name: "empty-dir-owner",
  occasion: { sources: ["emptyDir"] },
  reasons: ["EmptyDirOwner"],
  check: ofEachVolume((mounted, { pod, destination }) => {
    if (!mayBeBlockPlain(destination) || !isOnDefaultMedium(mounted)) return NOTHING;
    const { volume, path, mounts } = mounted;
    if (volume.emptyDir?.mode != null) {
      return [{ reason: "EmptyDirOwner", severity: "blocks", path: `${path}/emptyDir/mode`, detail: "mode" }];
    }
    if (pod.spec?.securityContext?.fsGroup != null) return NOTHING;
    const lockedOut = mounts.find((mount) => mayBeLockedOut(mount, pod));
    return lockedOut === undefined
      ? NOTHING
      : [{ reason: "EmptyDirOwner", severity: "blocks", path: lockedOut.container.path, detail: "no fsGroup" }];
  }),
};

function mayBeLockedOut({ mount, container: { container } }: Mount, { spec }: Pod): boolean {
  if (mount.readOnly === true) return false;
  return (container.securityContext?.runAsUser ?? spec?.securityContext?.runAsUser) !== 0;
}
