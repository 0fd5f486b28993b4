import { BLOCK_DEVICE_DRIVER_KEY, DISABLE_BLOCK_DEVICE_USE_KEY } from "../../kata/annotations.ts";
import { annotationOf } from "../pod.ts";
import type { Rule } from "../rule.ts";
import { detachesDisks, userChoice } from "../user-choice.ts";

/**
 * Without a shared filesystem a root filesystem may come as a disk. With block device use off it is neither attached nor
 * mounted, since the configuration's own value has decided about the mount (create.go checkAndMount, 3.12 to 4.1), and
 * with another driver attaching fails.
 */
export const userBlockDevice: Rule = {
  name: "user-block-device",
  occasion: "Kata annotation",
  reasons: ["UserBlockDevice"],
  check: ({ pod }) =>
    [BLOCK_DEVICE_DRIVER_KEY, DISABLE_BLOCK_DEVICE_USE_KEY]
      .filter((key) => detachesDisks(key, annotationOf(pod, key)))
      .map((key) => userChoice("UserBlockDevice", key)),
};
