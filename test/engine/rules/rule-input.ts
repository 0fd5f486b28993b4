import { gatherEvidence } from "../../../src/engine/gather-evidence.ts";
import { type Facts, unknown } from "../../../src/engine/facts.ts";
import { mountedVolumes } from "../../../src/engine/mounted-volumes.ts";
import { eachContainer, type Pod } from "../../../src/engine/pod.ts";
import type { KataStatement, Policy, PolicyTarget } from "../../../src/engine/policy.ts";
import type { Rule } from "../../../src/engine/rule.ts";
import { factsOf, line, policyOf, targetOf } from "../sample-facts.ts";

interface Surroundings {
  /** What is known of the Kata that would run the pod. */
  readonly kata?: KataStatement;
  readonly facts?: Partial<Facts>;
  readonly policy?: Partial<Policy>;
  readonly target?: Partial<PolicyTarget>;
}

/** The rule's findings about this pod, each on one line. */
export function findingsOf(rule: Rule, pod: Pod, { kata, facts, policy, target }: Surroundings = {}): string[] {
  const { evidence } = gatherEvidence({
    handler: null,
    policy: kata ?? {},
    classVersion: null,
    nodes: unknown("not found"),
  });
  const findings = rule.check({
    pod,
    containers: eachContainer(pod),
    volumes: mountedVolumes(pod),
    facts: factsOf({ pod, ...facts }),
    policy: policyOf({}, policy),
    target: targetOf(target),
    destination: evidence,
  });
  for (const { reason } of findings) {
    if (!rule.reasons.includes(reason)) throw new Error(`rule ${rule.name} finds ${reason}, which it does not name`);
  }
  return findings.map(line);
}
