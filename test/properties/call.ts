// One call of the engine as the webhook makes it, and everything that it may be about.
import fc, { type Arbitrary } from "fast-check";
import { gatherFacts } from "../../src/cluster/gather-facts.ts";
import { decide } from "../../src/engine/decide.ts";
import type { Decision } from "../../src/engine/decision.ts";
import type { Facts, Mode } from "../../src/engine/facts.ts";
import { buildPatch, type Operation } from "../../src/engine/patch.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { warningsFor } from "../../src/engine/warnings.ts";
import { type Cluster, CLUSTERS, readerOf } from "./cluster-arbitrary.ts";
import { PLAIN_PODS, pods } from "./pod-arbitrary.ts";
import { POLICIES } from "./policy-arbitrary.ts";

export const VERSION = "1.2.3";

export interface Scenario {
  readonly pod: Pod;
  readonly policy: Policy;
  readonly cluster: Cluster;
}

export const SCENARIOS: Arbitrary<Scenario> = fc.record({ pod: pods(), policy: POLICIES, cluster: CLUSTERS });

/** The same with pods that are mostly patched. */
export const PLAIN_SCENARIOS: Arbitrary<Scenario> = fc.record({
  pod: PLAIN_PODS,
  policy: POLICIES,
  cluster: CLUSTERS,
});

export interface Call {
  readonly facts: Facts;
  readonly decision: Decision;
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
}

/** What the webhook does with this pod; nothing of what it is given may be changed. */
export async function call({ pod, policy, cluster }: Scenario, mode: Mode = "enforce"): Promise<Call> {
  const request = { group: "", version: "v1", kind: "Pod", subResource: "", operation: "CREATE" };
  const subject = { request, mode, namespace: "team", namespaceLabels: null, pod: deepFreeze(pod) };
  deepFreeze(policy);
  deepFreeze(cluster);
  const facts = deepFreeze(await gatherFacts(subject, policy, readerOf(cluster), 100));
  const decision = deepFreeze(decide(facts, policy));
  return {
    facts,
    decision,
    operations: buildPatch(facts, decision, policy, VERSION),
    warnings: warningsFor(decision, policy, mode),
  };
}

/** Frozen all the way down: an assignment to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) deepFreeze(each);
  }
  return value;
}
