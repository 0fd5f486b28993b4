import { ENABLE_HUGEPAGES_KEY } from "../../kata/annotations.ts";
import { annotationOf } from "../pod.ts";
import type { Rule } from "../rule.ts";
import { isHugePagesOff, userChoice } from "../user-choice.ts";

/** Huge pages turn private memory into shared (kata-facts §6; executed, vectors 08e). */
export const userHugePages: Rule = {
  name: "user-huge-pages",
  occasion: "Kata annotation",
  reasons: ["UserHugePages"],
  check: ({ pod }) =>
    isHugePagesOff(annotationOf(pod, ENABLE_HUGEPAGES_KEY)) ? [] : [userChoice("UserHugePages", ENABLE_HUGEPAGES_KEY)],
};
