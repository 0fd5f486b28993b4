// Every rule about a pod that would run without a shared filesystem, in the order in which they are shown.
import type { Reason } from "../reasons.ts";
import type { Rule } from "../rule.ts";
import { confidentialGuest } from "./confidential-guest.ts";
import { csiInlineVolume } from "./csi-inline-volume.ts";
import { defaultEmptyDir } from "./default-empty-dir.ts";
import { devicePassthrough } from "./device-passthrough.ts";
import { emptyDirDisk } from "./empty-dir-disk.ts";
import { emptyDirSubPath } from "./empty-dir-sub-path.ts";
import { ephemeralVolume } from "./ephemeral-volume.ts";
import { fileKeyRef } from "./file-key-ref.ts";
import { guestPull } from "./guest-pull.ts";
import { hostPathFile } from "./host-path-file.ts";
import { hostPathSocket } from "./host-path-socket.ts";
import { hostPathVolume } from "./host-path-volume.ts";
import { hugePages } from "./huge-pages.ts";
import { imageVolume } from "./image-volume.ts";
import { mountPropagation } from "./mount-propagation.ts";
import { nestedItemPath } from "./nested-item-path.ts";
import { networkVolume } from "./network-volume.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim.ts";
import { rootfsInMemory } from "./rootfs-in-memory.ts";
import { terminationMessage } from "./termination-message.ts";
import { unknownVolumeType } from "./unknown-volume-type.ts";
import { tooManyDisks } from "./too-many-disks.ts";
import { userAgentPolicy } from "./user-agent-policy.ts";
import { userBlockDevice } from "./user-block-device.ts";
import { userConfigPath } from "./user-config-path.ts";
import { userGuest } from "./user-guest.ts";
import { userGuestPull } from "./user-guest-pull.ts";
import { userHugePages } from "./user-huge-pages.ts";
import { userSharedFs } from "./user-shared-fs.ts";
import { userVhostUser } from "./user-vhost-user.ts";
import { userVirtioFs } from "./user-virtio-fs.ts";
import { volumeRefresh } from "./volume-refresh.ts";

export const RULES: readonly Rule[] = checked([
  hostPathVolume,
  hostPathFile,
  hostPathSocket,
  persistentVolumeClaim,
  ephemeralVolume,
  csiInlineVolume,
  networkVolume,
  emptyDirSubPath,
  emptyDirDisk,
  hugePages,
  mountPropagation,
  nestedItemPath,
  fileKeyRef,
  unknownVolumeType,
  defaultEmptyDir,
  imageVolume,
  terminationMessage,
  volumeRefresh,
  userSharedFs,
  userVirtioFs,
  userHugePages,
  userConfigPath,
  userVhostUser,
  userBlockDevice,
  userGuestPull,
  userGuest,
  userAgentPolicy,
  devicePassthrough,
  confidentialGuest,
  guestPull,
  rootfsInMemory,
  tooManyDisks,
]);

/** Two rules of one name, or that find the same reason, would make a verdict ambiguous: refused when loaded. */
function checked(rules: readonly Rule[]): readonly Rule[] {
  const names = new Set<string>();
  const reasons = new Set<Reason>();
  for (const rule of rules) {
    if (names.has(rule.name)) throw new TypeError(`two rules are called ${rule.name}`);
    names.add(rule.name);
    for (const reason of rule.reasons) {
      if (reasons.has(reason)) throw new TypeError(`rule ${rule.name}: another rule finds ${reason} already`);
      reasons.add(reason);
    }
  }
  return rules;
}
