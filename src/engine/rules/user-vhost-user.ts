import { ENABLE_VHOST_USER_STORE_KEY, VHOST_USER_PREFIX } from "../../kata/annotations.ts";
import { parseAnnotationBoolean } from "../../kata/booleans.ts";
import { annotationOf } from "../pod.ts";
import type { Rule } from "../rule.ts";
import { annotationKeys, userChoice } from "../user-choice.ts";

/** vhost-user devices need memory that another process can map (Cloud Hypervisor v51.1 config.rs:2687-2790). */
export const userVhostUser: Rule = {
  name: "user-vhost-user",
  occasion: "Kata annotation",
  reasons: ["UserVhostUser"],
  check: ({ pod }) => {
    const store = annotationOf(pod, ENABLE_VHOST_USER_STORE_KEY);
    const isStoreOff = store === null || parseAnnotationBoolean(store, "go") === false;
    const keys = annotationKeys(pod, VHOST_USER_PREFIX);
    return [...(isStoreOff ? [] : [ENABLE_VHOST_USER_STORE_KEY]), ...keys].map((key) =>
      userChoice("UserVhostUser", key),
    );
  },
};
