import { FORCE_GUEST_PULL_KEY } from "../../kata/annotations.ts";
import { parseAnnotationBoolean } from "../../kata/booleans.ts";
import { annotationOf } from "../pod.ts";
import { NOTHING, type Rule } from "../rule.ts";
import { userChoice } from "../user-choice.ts";

/**
 * No allow-list stands before experimental_force_guest_pull (Go, from 3.18.0 on; executed with true, vectors 11r-…). Off, by
 * its name, it takes the root filesystem from a handler that has it by guest pull; with the pod's own class, which shares its
 * root filesystems, it changes nothing.
 */
export const userGuestPull: Rule = {
  name: "user-guest-pull",
  occasion: "Kata annotation",
  reasons: ["UserGuestPull"],
  check: ({ pod, destination: { rootfs } }) => {
    const value = annotationOf(pod, FORCE_GUEST_PULL_KEY);
    if (value === null || parseAnnotationBoolean(value, "go") === true) return NOTHING;
    return rootfs === null || rootfs === "guest-pull" ? [userChoice("UserGuestPull", FORCE_GUEST_PULL_KEY)] : NOTHING;
  },
};
