import { NOTHING, type Rule } from "../rule.ts";

/**
 * Images that the guest pulls: layers in guest memory (kata-facts §5), a user or group that only the image names is not
 * known on the host (kata-containers #10297, #11162), and the pod's pull secrets do not come there (#9802). Nothing of
 * that is so in the pod's own class, and admission cannot see what the image needs.
 */
export const guestPull: Rule = {
  name: "guest-pull",
  occasion: "any pod",
  reasons: ["GuestPull"],
  check: ({ destination: { rootfs } }) =>
    rootfs === "guest-pull" ? [{ reason: "GuestPull", severity: "blocks", path: "/spec/runtimeClassName" }] : NOTHING,
};
