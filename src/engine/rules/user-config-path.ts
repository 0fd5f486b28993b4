import { CONFIG_PATH_KEY } from "../../kata/annotations.ts";
import type { Rule } from "../rule.ts";
import { hasOwnConfigPath, userChoice } from "../user-choice.ts";

/** A configuration of the user's own overrides the class's up to 3.32.0 (create.go 3.32:268). */
export const userConfigPath: Rule = {
  name: "user-config-path",
  occasion: "Kata annotation",
  reasons: ["UserConfigPath"],
  check: ({ pod, target }) => (hasOwnConfigPath(pod, target) ? [userChoice("UserConfigPath", CONFIG_PATH_KEY)] : []),
};
