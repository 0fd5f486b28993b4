// What is known of the Kata behind a policy target's class, behind the class that stands in for it, and behind a file.
import type { Facts, RuntimeClassFacts } from "./facts.ts";
import { type GatheredEvidence, gatherEvidence } from "./gather-evidence.ts";
import type { KataStatement, PolicyTarget } from "./policy.ts";

/** What is known of the Kata behind the target's own handler. */
export function targetEvidence(facts: Facts, target: PolicyTarget): GatheredEvidence {
  return behindTarget(facts, target, target.kata);
}

/** The same, with the root filesystem that the policy states for its configPath file. */
export function fileEvidence(facts: Facts, target: PolicyTarget): GatheredEvidence {
  return behindTarget(facts, target, fileStatement(target));
}

/**
 * What is known of the Kata behind the variant's handler. Where nobody says which version that is, it may be the target's:
 * kata-deploy installs one Kata for all handlers of a node, and writes the version on its own classes only. Where sources
 * disagree about the target's, it may be any of theirs.
 */
export function variantEvidence(facts: Facts, target: PolicyTarget, variant: RuntimeClassFacts): GatheredEvidence {
  const gathered = gatherEvidence({
    handler: variant.handler,
    policy: variantStatement(target),
    classVersion: variant.kataVersion,
    nodes: facts.variantNodes,
  });
  if (gathered.possible.every(({ version }) => version !== null)) return gathered;
  const { possible: ofTarget, findings } = targetEvidence(facts, target);
  // Those of one text are one object.
  const versions = [...new Set(ofTarget.map(({ version }) => version))].filter((version) => version !== null);
  if (versions.length === 0) return gathered;
  const likewise = gathered.possible.flatMap((each) =>
    each.version === null ? versions.map((version) => ({ ...each, version })) : [],
  );
  return {
    ...gathered,
    possible: [...gathered.possible, ...likewise],
    findings: [...gathered.findings, ...findings.filter(({ detail }) => detail === "version")],
  };
}

/** What the policy states of a variant that there is not. */
export function withoutVariantEvidence(facts: Facts, target: PolicyTarget): GatheredEvidence {
  const { variantNodes: nodes } = facts;
  return gatherEvidence({ handler: null, policy: variantStatement(target), classVersion: null, nodes });
}

function behindTarget(
  { targetClass, targetNodes }: Facts,
  target: PolicyTarget,
  policy: KataStatement,
): GatheredEvidence {
  const { handler, kataVersion } =
    targetClass.kind === "known" ? targetClass.value : { handler: target.runtimeClass, kataVersion: null };
  return gatherEvidence({ handler, policy, classVersion: kataVersion, nodes: targetNodes });
}

/** `kata` speaks for both classes, `private` for the variant alone; an allow-list is each handler's own. */
const variantStatement = oncePerTarget((target) => {
  const { enableAnnotations: _, ...both } = target.kata;
  return { ...both, ...target.private };
});

/** The handler picks the snapshotter, not the file: a handler that is said to share its rootfs stays one that does. */
const fileStatement = oncePerTarget(({ kata, private: { rootfs } }) =>
  kata.rootfs === "shared" || rootfs === undefined ? kata : { ...kata, rootfs },
);

/** The same object each time, by which the evidence for it is remembered. */
function oncePerTarget(make: (target: PolicyTarget) => KataStatement): (target: PolicyTarget) => KataStatement {
  const made = new WeakMap<PolicyTarget, KataStatement>();
  return (target) => {
    let statement = made.get(target);
    if (statement === undefined) {
      statement = make(target);
      made.set(target, statement);
    }
    return statement;
  };
}
