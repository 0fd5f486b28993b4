// The first way of a case: reader → facts → decision → patch, without a server or a command.
import { gatherFacts } from "../../src/cluster/gather-facts.ts";
import { decide } from "../../src/engine/decide.ts";
import { parsePod } from "../../src/engine/parse-pod.ts";
import { buildPatch } from "../../src/engine/patch.ts";
import { warningsFor } from "../../src/engine/warnings.ts";
import { VERSION } from "../../src/version.ts";
import type { CaseCluster } from "./case-cluster.ts";
import { modeOf, podOf, requestOf } from "./case-request.ts";
import type { CorpusCase } from "./corpus-case.ts";
import { applyPatch, deepFreeze, type Outcome } from "./outcome.ts";

const CLAIM_BUDGET_MS = 1_000;

/** The outcome for a case. The pod that the engine is given is frozen, so a rule that wrote to it would throw. */
export async function byEngine(each: CorpusCase, cluster: CaseCluster): Promise<Outcome> {
  const { policy, reader } = cluster;
  const object = deepFreeze(podOf(each));
  const parsed = parsePod(object);
  if (parsed.kind === "malformed") throw new Error(`${each.id}: ${parsed.path} must be ${parsed.expected}`);
  const { namespace, ...request } = requestOf(each);
  const mode = modeOf(each, cluster) ?? "enforce";
  const facts = await gatherFacts(
    { request, mode, namespace, namespaceLabels: reader.namespaceLabels(namespace), pod: parsed.pod },
    policy,
    reader,
    CLAIM_BUDGET_MS,
  );
  const decision = decide(deepFreeze(facts), deepFreeze(policy));
  const patch = buildPatch(facts, decision, policy, VERSION);
  return { decision, patch, warnings: warningsFor(decision, policy, mode), pod: applyPatch(object, patch) };
}
