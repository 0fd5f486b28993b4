import type { BlockingVolumeReason, DegradingReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** Volumes that need a shared filesystem. Each row of kata-facts is cited at its rule. */
export const blockingVolumeReasons: Readonly<Record<BlockingVolumeReason, ReasonText>> = {
  HostPathVolume: {
    kind: "blocks",
    sentence: "A hostPath directory, or a device away from its own path, would be a copy or be missing.",
    action: "Use a configMap, emptyDir or block claim; for one file say type: File and readOnly.",
    actor: "user",
  },
  HostPathFile: {
    kind: "blocks",
    sentence: "A writable hostPath file would be a copy: writes never reach the host.",
    action: "Mount it readOnly if the pod only reads it, or use another volume.",
    actor: "user",
  },
  HostPathSocket: {
    kind: "blocks",
    sentence: "A hostPath socket would silently be missing in the container.",
    action: "Reach the service over the network.",
    actor: "user",
  },
  FilesystemClaim: {
    kind: "blocks",
    sentence: "A PersistentVolumeClaim of volumeMode Filesystem would be a one-way copy: writes are lost.",
    action: "Use volumeMode Block with volumeDevices, or leave the pod on shared memory.",
    actor: "user",
  },
  ClaimModeUnknown: {
    kind: "blocks",
    sentence: "The volumeMode of a PersistentVolumeClaim could not be read.",
    action: "Create a missing claim before the pod; else ask the operator about the webhook's rights.",
    actor: "user",
  },
  EphemeralVolume: {
    kind: "blocks",
    sentence: "A generic ephemeral volume of volumeMode Filesystem would be a one-way copy: writes are lost.",
    action: "Use an emptyDir, or volumeMode Block with volumeDevices.",
    actor: "user",
  },
  CsiInlineVolume: {
    kind: "blocks",
    sentence: "An inline CSI volume would be a one-way copy that is never refreshed.",
    action: "Use a secret or configMap, or leave the pod on shared memory.",
    actor: "user",
  },
  NetworkVolume: {
    kind: "blocks",
    sentence: "A network or other in-tree volume would be a one-way copy: writes are lost.",
    action: "Use a block PersistentVolumeClaim, or leave the pod on shared memory.",
    actor: "user",
  },
  EmptyDirSubPath: {
    kind: "blocks",
    sentence: "An emptyDir mounted with subPath becomes a private copy for each container.",
    action: "Mount the whole emptyDir.",
    actor: "user",
  },
  EmptyDirOwner: {
    kind: "blocks",
    sentence: "An emptyDir may be a disk there that only root and the pod's fsGroup may write to.",
    action: "Set fsGroup (not 0) and runAsUser or runAsNonRoot: true, and no emptyDir.mode.",
    actor: "user",
  },
  HugePages: {
    kind: "blocks",
    sentence: "The pod asks for reserved huge pages of its own.",
    action: "Leave hugepages out to get transparent ones, or keep the pod as it is.",
    actor: "user",
  },
  MountPropagation: {
    kind: "blocks",
    sentence: "Mount propagation does not work without a shared filesystem.",
    action: "Remove mountPropagation.",
    actor: "user",
  },
  NestedItemPath: {
    kind: "blocks",
    sentence: "A key placed in a subfolder of the volume breaks at the first refresh.",
    action: "Give the item a flat path.",
    actor: "user",
  },
  FileKeyRef: {
    kind: "blocks",
    sentence:
      "A container's env comes from a file in a volume: the guest's writes would not reach the node's copy of it.",
    action: "Use a configMap or secret, or let the container read the file itself.",
    actor: "user",
  },
  UnknownVolumeType: {
    kind: "blocks",
    sentence: "The volume's source is not one that is known to work without a shared filesystem.",
    action: "Use a volume of a known type.",
    actor: "user",
  },
};

/** What works less well; the policy's rules say allow, warn or skip for each. */
export const degradingReasons: Readonly<Record<DegradingReason, ReasonText>> = {
  HostPathFileReadOnly: {
    kind: "degrades",
    sentence: "A read-only hostPath file is copied once, when its container starts.",
    action: "Nothing, if the file does not change while the pod runs.",
    actor: "user",
  },
  DefaultEmptyDir: {
    kind: "degrades",
    sentence: "An emptyDir is in the guest without sizeLimit: with the rootfs, from 4.0.0 on in memory.",
    action: "Use medium: Memory; or emptydir_mode block-plain, stated with disableBlockDeviceUse.",
    actor: "user",
  },
  EmptyDirDisk: {
    kind: "degrades",
    sentence: "An emptyDir is a new ext4 disk there: it has a lost+found, and one inode for each 160 KiB.",
    action: "Nothing, if the program takes a folder that is not empty and makes few small files.",
    actor: "user",
  },
  ImageVolume: {
    kind: "degrades",
    sentence: "An image volume is copied into guest memory.",
    action: "Set rules.ImageVolume to warn in the policy where such images are small.",
    actor: "operator",
  },
  TerminationMessage: {
    kind: "degrades",
    sentence: "The termination message is lost: by Kata before 3.29.0, or from its file with FallbackToLogsOnError.",
    action: "Upgrade Kata to 3.29.0 and use the policy File, or log the message.",
    actor: "operator",
  },
  VolumeRefreshStops: {
    kind: "degrades",
    sentence:
      "Kata before 3.28.0 does not refresh configMaps, secrets and tokens where the kubelet's root is not /var/lib/kubelet.",
    action: "Upgrade Kata to 3.28.0 and set kubelet_root_dir.",
    actor: "operator",
  },
  RootfsUnknown: {
    kind: "degrades",
    sentence:
      "Nothing says whether the handler's root filesystems need a shared filesystem; the policy's selection is taken at its word.",
    action: "State rootfs (and disableBlockDeviceUse) there.",
    actor: "operator",
  },
};
