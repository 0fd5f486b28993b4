import { SHARED_FS_KEY } from "../../kata/annotations.ts";
import type { Rule } from "../rule.ts";
import { hasOwnSharedFs, userChoice } from "../user-choice.ts";

/** Any other choice of shared_fs: where none is configured, virtio-fs turns sharing on again (executed, vectors 09). */
export const userSharedFs: Rule = {
  name: "user-shared-fs",
  occasion: "Kata annotation",
  reasons: ["UserSharedFs"],
  check: ({ pod, target }) => (hasOwnSharedFs(pod, target) ? [userChoice("UserSharedFs", SHARED_FS_KEY)] : []),
};
