import { SHARED_FS_KEY } from "../../kata/annotations.ts";
import { annotationOf } from "../pod.ts";
import type { Rule } from "../rule.ts";
import { selectsNoSharedFs, userChoice } from "../user-choice.ts";

/** Any other choice of shared_fs: where none is configured, virtio-fs turns sharing on again (executed, vectors 09). */
export const userSharedFs: Rule = {
  name: "user-shared-fs",
  occasion: "Kata annotation",
  reasons: ["UserSharedFs"],
  check: ({ pod }) =>
    annotationOf(pod, SHARED_FS_KEY) === null || selectsNoSharedFs(pod)
      ? []
      : [userChoice("UserSharedFs", SHARED_FS_KEY)],
};
