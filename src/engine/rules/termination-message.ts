import { isBefore } from "../../kata/version.ts";
import { eachContainer } from "../pod.ts";
import type { Rule } from "../rule.ts";

/**
 * Before 3.29.0 nothing writes /dev/termination-log back (agent 64c139208f; container.go 3.32:1642). Every container
 * has one, whether the manifest says so or not, so explain finds the same as the webhook, which sees the default.
 */
export const terminationMessage: Rule = {
  name: "termination-message",
  reasons: ["TerminationMessage"],
  check: ({ pod, destination }) =>
    destination.version === null || !isBefore(destination.version, "3.29.0")
      ? []
      : eachContainer(pod).map(({ path }) => ({
          reason: "TerminationMessage",
          severity: "degrades",
          path: `${path}/terminationMessagePath`,
          detail: "before 3.29.0",
        })),
};
