import type { UserReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** The user's own annotations that say otherwise. They are never overwritten. */
export const userReasons: Readonly<Record<UserReason, ReasonText>> = {
  UserSharedFs: {
    kind: "blocks",
    sentence: "The pod chooses its shared filesystem itself.",
    action: "Remove the annotation shared_fs to let the webhook choose.",
    actor: "user",
  },
  UserVirtioFs: {
    kind: "blocks",
    sentence: "The pod tunes virtio-fs, so it wants a shared filesystem.",
    action: "Remove the virtio_fs annotations to let the webhook choose.",
    actor: "user",
  },
  UserHugePages: {
    kind: "blocks",
    sentence: "The pod asks Kata for reserved huge pages, or in words that Kata refuses.",
    action: "Remove the annotation to get transparent ones.",
    actor: "user",
  },
  UserConfigPath: {
    kind: "blocks",
    sentence: "The pod names a Kata configuration file of its own.",
    action: "Remove the annotation io.katacontainers.config_path to let the webhook choose.",
    actor: "user",
  },
  UserVhostUser: {
    kind: "blocks",
    sentence: "The pod asks for vhost-user devices, which need shared memory.",
    action: "Remove the vhost_user annotations to let the webhook choose.",
    actor: "user",
  },
  UserBlockDevice: {
    kind: "blocks",
    sentence: "The pod changes how Kata attaches disks, its root filesystem among them.",
    action: "Remove the annotation to let the webhook choose.",
    actor: "user",
  },
  UserAgentPolicy: {
    kind: "blocks",
    sentence: "The pod's own agent policy may not allow what Kata does where nothing is shared.",
    action: "Allow copied files and storages in it, and then UserAgentPolicy in the webhook's policy.",
    actor: "user",
  },
  UserGuestPull: {
    kind: "blocks",
    sentence: "The pod keeps its images from being pulled inside the guest, as the private configuration may need.",
    action: "Remove the annotation to let the webhook choose.",
    actor: "user",
  },
  UserGuest: {
    kind: "blocks",
    sentence:
      "The pod brings a guest kernel or image of its own, which may not read disks as the private configuration needs.",
    action: "Remove the annotation to let the webhook choose.",
    actor: "user",
  },
};
