import type { KindReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** Kinds of pods that are left alone as a whole. */
export const kindReasons: Readonly<Record<KindReason, ReasonText>> = {
  DevicePassthrough: {
    kind: "blocks",
    sentence: "The pod is given devices, which pin its memory and may bring host mounts that admission cannot see.",
    action:
      "Name an extended resource under harmlessResources if its plugin adds no host mounts; leave claims as they are.",
    actor: "operator",
  },
  ConfidentialGuest: {
    kind: "blocks",
    sentence: "The pod runs as a confidential guest, whose memory is set up in another way.",
    action: "Nothing; such pods gain nothing here.",
    actor: "nobody",
  },
  GuestPull: {
    kind: "blocks",
    sentence: "The guest pulls the images itself: without pull secrets or the image's users, and into its memory.",
    action: "Use a block or EROFS snapshotter, or allow GuestPull where no pod needs these.",
    actor: "operator",
  },
  RootfsInMemory: {
    kind: "blocks",
    sentence: "With EROFS this Kata keeps what containers write to their root filesystem in guest memory.",
    action: "Upgrade Kata, or use a block snapshotter; or allow RootfsInMemory where pods write little there.",
    actor: "operator",
  },
  TooManyDisks: {
    kind: "blocks",
    sentence: "The pod's root filesystems and volumes may be more disks than the guest has slots for.",
    action: "Use fewer; or, without a block rootfs, state private.rootfs and maxImageLayers.",
    actor: "user",
  },
};
