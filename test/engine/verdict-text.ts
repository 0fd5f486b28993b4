// What the engine answers, as short text that a table can hold.
import { decide } from "../../src/engine/decide.ts";
import type { Facts } from "../../src/engine/facts.ts";
import type { Policy, PolicyTarget } from "../../src/engine/policy.ts";
import { select } from "../../src/engine/select.ts";
import { line, policyOf, targetOf } from "./sample-facts.ts";

/** `patch runtime-class`, `skip` or `skip put back …`, then each finding on a line of its own. */
export function decisionLines(facts: Facts, policy: Policy = policyOf()): string[] {
  const decision = decide(facts, policy);
  const head =
    decision.kind === "patch"
      ? `patch ${decision.selection}${decision.forced ? " forced" : ""}${decision.barePod ? " bare" : ""}`
      : `skip${decision.putBack === null ? "" : ` put back ${decision.putBack.selection}`}`;
  return [head, ...decision.findings.map(line)];
}

/** `config-path`, `config-path forced`, or the reasons why not. */
export function selectionText(target: Partial<PolicyTarget>, facts: Facts): string {
  const outcome = select({ facts, pod: facts.pod, policy: policyOf(target), target: targetOf(target) });
  const reasons = outcome.findings.map(({ reason }) => reason).join(" ");
  if (outcome.kind === "none") return reasons;
  return [outcome.by.selection, outcome.forced ? "forced" : "", reasons].filter((each) => each !== "").join(" ");
}
