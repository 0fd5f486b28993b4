// What is known of the Kata behind a policy target's class, behind the class that stands in for it, and behind a file.
import { parseKataVersion } from "../kata/version.ts";
import type { Facts, RuntimeClassFacts } from "./facts.ts";
import type { KataEvidence } from "./evidence.ts";
import { type GatheredEvidence, gatherEvidence } from "./gather-evidence.ts";
import type { KataStatement, PolicyTarget } from "./policy.ts";
import type { Finding } from "./rule.ts";

/** What is known of the Kata behind the target's own handler. */
export function targetEvidence(facts: Facts, target: PolicyTarget): GatheredEvidence {
  return behindTarget(facts, target, target.kata);
}

/** The same, for the policy's configPath file. */
export function fileEvidence(facts: Facts, target: PolicyTarget): GatheredEvidence {
  return behindTarget(facts, target, fileStatement(target));
}

/**
 * What is known of the Kata behind the variant's handler. What nobody says of it may be as it is with the target's:
 * kata-deploy installs one Kata for all handlers of a node, and writes the version on its own classes only; the kubelet's
 * folder is the node's. Where sources disagree about the target's version, it may be any of theirs, unless somebody speaks of
 * the variant's alone: a node in the middle of an upgrade has told of both before it began.
 */
export function variantEvidence(facts: Facts, target: PolicyTarget, variant: RuntimeClassFacts): GatheredEvidence {
  const gathered = gatherEvidence({
    handler: variant.handler,
    policy: variantStatement(target),
    classVersion: variant.kataVersion,
    nodes: facts.variantNodes,
  });
  // On the nodes where the variant may run: those of the target's own scheduling a second call does not know any more.
  const ofTarget = behindTarget(facts, target, target.kata, facts.variantNodes);
  const known = completed.get(gathered);
  if (known?.ofTarget === ofTarget) return known.evidence;
  const ownVersion = target.private.version ?? variant.kataVersion;
  const isVersionItsOwn = ownVersion !== null && parseKataVersion(ownVersion) !== null;
  const evidence = completedBy(ofTarget, gathered, isVersionItsOwn);
  completed.set(gathered, { ofTarget, evidence });
  return evidence;
}

/** What gatherEvidence remembers is the same object for a while, and with it what was made of two of them. */
const completed = new WeakMap<GatheredEvidence, { ofTarget: GatheredEvidence; evidence: GatheredEvidence }>();

function completedBy(ofTarget: GatheredEvidence, own: GatheredEvidence, isVersionItsOwn: boolean): GatheredEvidence {
  const isNew = ({ reason, detail }: Finding): boolean =>
    detail === "version" && !own.findings.some((each) => each.reason === reason && each.detail === detail);
  const findings = isVersionItsOwn ? [] : ofTarget.findings.filter(isNew);
  const likewise = own.possible.flatMap((each) => likeTarget(each, ofTarget.possible));
  if (likewise.length + findings.length === 0) return own;
  return { ...own, possible: [...own.possible, ...likewise], findings: [...own.findings, ...findings] };
}

/** What it would be with the target's version, runtime and kubelet folder where nobody says its own; without what it is itself. */
function likeTarget(variant: KataEvidence, ofTarget: readonly KataEvidence[]): KataEvidence[] {
  const { version, runtime, kubeletRoot } = variant;
  if (version !== null && runtime !== null && kubeletRoot !== null) return [];
  const found: KataEvidence[] = [];
  for (const each of ofTarget) {
    const like = {
      version: version ?? each.version,
      runtime: runtime ?? each.runtime,
      kubeletRoot: kubeletRoot ?? each.kubeletRoot,
    };
    const isSame = (other: typeof like): boolean =>
      // Versions of one text are one object.
      other.version === like.version && other.runtime === like.runtime && other.kubeletRoot === like.kubeletRoot;
    if (!isSame(variant) && !found.some(isSame)) found.push({ ...variant, ...like });
  }
  return found;
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
  nodes: Facts["targetNodes"] = targetNodes,
): GatheredEvidence {
  const { handler, kataVersion } =
    targetClass.kind === "known" ? targetClass.value : { handler: target.runtimeClass, kataVersion: null };
  return gatherEvidence({ handler, policy, classVersion: kataVersion, nodes });
}

/** `kata` speaks for both classes, `private` for the variant alone; an allow-list is each handler's own. */
const variantStatement = oncePerTarget((target) => {
  const { enableAnnotations: _, ...both } = target.kata;
  return { ...both, ...target.private };
});

/**
 * The handler picks the snapshotter, not the file: what `private` says of a rootfs that a snapshotter makes is the variant's. A file
 * may have the guest pull images, and a rootfs that is shared counts against, whoever says it.
 */
const fileStatement = oncePerTarget(({ kata, private: { rootfs } }) =>
  kata.rootfs !== "shared" && (rootfs === "shared" || rootfs === "guest-pull") ? { ...kata, rootfs } : kata,
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
