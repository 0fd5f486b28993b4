import { GUEST_KEYS } from "../../kata/annotations.ts";
import { annotationOf } from "../pod.ts";
import { NOTHING, type Rule } from "../rule.ts";
import { userChoice } from "../user-choice.ts";

/**
 * A guest of the user's own has to read root filesystems that come as disks (EROFS, or what the snapshotter makes), and to
 * format disks (mkfs.ext4), for which one with virtio-fs needs nothing. Nobody says what is in it.
 */
export const userGuest: Rule = {
  name: "user-guest",
  occasion: "Kata annotation",
  reasons: ["UserGuest"],
  check: ({ pod }) => {
    const key = GUEST_KEYS.find((each) => annotationOf(pod, each) !== null);
    return key === undefined ? NOTHING : [userChoice("UserGuest", key)];
  },
};
