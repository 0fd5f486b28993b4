import { VIRTIO_FS_PREFIX } from "../../kata/annotations.ts";
import type { Rule } from "../rule.ts";
import { annotationKeys, userChoice } from "../user-choice.ts";

/** Whoever tunes virtio-fs wants it (kata-facts §6). */
export const userVirtioFs: Rule = {
  name: "user-virtio-fs",
  occasion: "Kata annotation",
  reasons: ["UserVirtioFs"],
  check: ({ pod }) => annotationKeys(pod, VIRTIO_FS_PREFIX).map((key) => userChoice("UserVirtioFs", key)),
};
