import type { KindReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** Kinds of pods that are left alone as a whole. */
export const kindReasons: Readonly<Record<KindReason, ReasonText>> = {
  DevicePassthrough: {
    kind: "blocks",
    sentence: "The pod is given devices, which pin its memory and may bring host mounts that admission cannot see.",
    action: "Name the resource under harmlessResources in the policy if its device plugin adds no host mounts.",
    actor: "operator",
  },
  ConfidentialGuest: {
    kind: "blocks",
    sentence: "The pod runs as a confidential guest, whose memory is set up in another way.",
    action: "Nothing; such pods gain nothing here.",
    actor: "nobody",
  },
};
