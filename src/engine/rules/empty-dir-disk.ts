import { mayBeBlockPlain } from "../evidence.ts";
import { type Mount, mountPath } from "../mounted-volumes.ts";
import type { Pod } from "../pod.ts";
import { type Finding, NOTHING, ofEachVolume, type Rule } from "../rule.ts";
import { isOnDefaultMedium } from "../volume-sources.ts";

/**
 * An emptyDir that is a disk is a new ext4 file system (agent block_handler.rs, read: mkfs.ext4 -O ^has_journal -m 0 -i 163840
 * -I 128; run by hand, it has a lost+found and one inode for each 160 KiB). Its root folder is root's alone, where the
 * kubelet's folder may be written by all. The agent gives it to the pod's fsGroup, and to nobody where there is none or it
 * is 0 (kata-containers #12736; set_ownership, read). Which user an image names admission does not see, and a process that
 * begins as root often goes on as another user, without the fsGroup. emptyDir.mode the agent does not know.
 */
export const emptyDirDisk: Rule = {
  name: "empty-dir-disk",
  occasion: { sources: ["emptyDir"] },
  reasons: ["EmptyDirOwner", "EmptyDirDisk"],
  check: ofEachVolume((mounted, { pod, destination }) => {
    if (!mayBeBlockPlain(destination) || !isOnDefaultMedium(mounted)) return NOTHING;
    const { volume, path, mounts } = mounted;
    const at = volume.emptyDir == null ? path : `${path}/emptyDir`;
    const findings: Finding[] = [{ reason: "EmptyDirDisk", severity: "degrades", path: at }];
    if (volume.emptyDir?.mode != null) {
      findings.push({ reason: "EmptyDirOwner", severity: "blocks", path: `${path}/emptyDir/mode`, detail: "mode" });
    }
    const lockedOut = mounts.find((mount) => mayBeLockedOut(mount, pod));
    if (lockedOut !== undefined) {
      const detail = hasGroup(pod) ? "user not known" : "no fsGroup";
      findings.push({ reason: "EmptyDirOwner", severity: "blocks", path: mountPath(lockedOut), detail });
    }
    return findings;
  }),
};

function hasGroup({ spec }: Pod): boolean {
  return (spec?.securityContext?.fsGroup ?? 0) !== 0;
}

function mayBeLockedOut({ mount, container: { container } }: Mount, pod: Pod): boolean {
  if (mount.readOnly === true) return false;
  const [own, shared] = [container.securityContext, pod.spec?.securityContext];
  const user = own?.runAsUser ?? shared?.runAsUser ?? 0;
  const isOther = user !== 0 || (own?.runAsNonRoot ?? shared?.runAsNonRoot) === true;
  return !isOther || !hasGroup(pod);
}
