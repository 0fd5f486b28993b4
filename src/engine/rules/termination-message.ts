import { isBefore } from "../../kata/version.ts";
import { NOTHING, ofEachContainer, type Rule } from "../rule.ts";

/**
 * Before 3.29.0 nothing writes /dev/termination-log back (agent 64c139208f; container.go 3.32:1642). Every container
 * has one, whether the manifest says so or not, so explain finds the same as the webhook, which sees the default.
 */
export const terminationMessage: Rule = {
  name: "termination-message",
  occasion: "any pod",
  reasons: ["TerminationMessage"],
  check: ofEachContainer(({ path }, { destination: { version } }) =>
    version === null || !isBefore(version, "3.29.0")
      ? NOTHING
      : [
          {
            reason: "TerminationMessage",
            severity: "degrades",
            path: `${path}/terminationMessagePath`,
            detail: "before 3.29.0",
          },
        ],
  ),
};
