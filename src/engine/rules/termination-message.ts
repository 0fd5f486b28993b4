import { isBefore } from "../../kata/version.ts";
import type { Container } from "../pod.ts";
import { NOTHING, ofEachContainer, type Rule, type RuleInput } from "../rule.ts";

/**
 * Before 3.29.0 nothing writes /dev/termination-log back (agent 64c139208f; container.go 3.32:1642), and later it is
 * done for terminationMessagePolicy File only (kata-facts §5). Every container has one, whether the manifest says so or
 * not, so explain finds the same as the webhook, which sees the default.
 */
export const terminationMessage: Rule = {
  name: "termination-message",
  occasion: "any pod",
  reasons: ["TerminationMessage"],
  check: ofEachContainer(({ container, path }, input) => {
    const why = whyLost(container, input);
    if (why === null) return NOTHING;
    const field = why === FALLBACK ? "terminationMessagePolicy" : "terminationMessagePath";
    return [{ reason: "TerminationMessage", severity: "degrades", path: `${path}/${field}`, detail: why }];
  }),
};

const FALLBACK = "FallbackToLogsOnError";

function whyLost({ terminationMessagePolicy }: Container, { destination: { version }, policy }: RuleInput) {
  if (version !== null && isBefore(version, "3.29.0")) return "before 3.29.0";
  if (terminationMessagePolicy === FALLBACK) return FALLBACK;
  // A warning at every pod of a cluster whose version nobody says would tell nobody anything; an operator who wants
  // such pods left alone has said so.
  return version === null && policy.rules.TerminationMessage === "skip" ? "version unknown" : null;
}
