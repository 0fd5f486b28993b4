// (Facts, Policy) → Decision. The order of the questions is the whole design: scope, already private, selection, rules.
import { isNewerThanKnown } from "../kata/releases.ts";
import { againstAny } from "./against-any.ts";
import { againstEvery } from "./against-every.ts";
import { annotationsFit, mostAnnotations } from "./annotation-room.ts";
import { alreadyPrivate, type Already } from "./already.ts";
import type { Decision } from "./decision.ts";
import type { KataEvidence } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import { mountedVolumes } from "./mounted-volumes.ts";
import { controllerOf, eachContainer } from "./pod.ts";
import { defaultSetting, type Policy, type PolicyTarget, type RuleSetting, type Selection } from "./policy.ts";
import { compareReasons, DEGRADING_REASONS, type Reason } from "./reasons.ts";
import { isInRollout } from "./rollout.ts";
import { type Finding, type RuleEvidence, ruleEvidenceOf } from "./rule.ts";
import { askRules } from "./ask-rules.ts";
import { scopeOf } from "./scope.ts";
import { select } from "./select.ts";
import { block } from "./selections/attempt.ts";
import { attemptConfigPath } from "./selections/config-path.ts";
import { attemptHypervisorAnnotations } from "./selections/hypervisor-annotations.ts";
import { againstVariant } from "./selections/runtime-class.ts";
import { narrowedNodes, unschedulable } from "./selections/variant-nodes.ts";

/** What is to be done with the pod, from these facts alone: no clock, no I/O, the same answer every time. */
export function decide(facts: Facts, policy: Policy): Decision {
  const scope = scopeOf(facts, policy);
  if (scope.kind === "out") return { kind: "skip", findings: [scope.finding], putBack: null };
  const { aim } = scope;

  const already = alreadyPrivate(facts, policy, aim);
  if (already !== null) return decideAlready(facts, policy, aim.target, already);
  if (!isInRollout(facts.namespace, facts.pod, policy.rollout.percent)) {
    return { kind: "skip", findings: [block("NotInRollout", undefined, "")], putBack: null };
  }

  const outcome = select({ facts, pod: facts.pod, policy, target: aim.target });
  const findings = [...outcome.findings, ...ruleFindings(facts, policy, aim.target, outcome.destinations)];
  const isBare = controllerOf(facts.pod) === null;
  const changesClass = outcome.kind === "selected" && outcome.by.selection === "runtime-class";
  if (isBare && changesClass && policy.barePods === "skip") findings.push(block("BarePod", undefined, ""));
  if (
    outcome.kind === "selected" &&
    !annotationsFit(facts.pod, mostAnnotations(outcome.by, policy.status.annotatePatched))
  ) {
    findings.push(block("AnnotationsTooLarge", undefined, "/metadata/annotations"));
  }

  const kept = outcome.kind === "selected" ? KEPT[outcome.by.selection] : [];
  const ordered = inOrder(underPolicy(findings, policy, kept));
  if (outcome.kind === "none" || ordered.some(({ severity }) => severity === "blocks")) {
    return { kind: "skip", findings: ordered, putBack: null };
  }
  return {
    kind: "patch",
    selection: outcome.by.selection,
    by: outcome.by,
    from: aim.target.runtimeClass,
    forced: outcome.forced,
    findings: ordered,
    barePod: isBare && changesClass,
    ...(outcome.destinations.some(isNewer) ? { newerThanKnown: true } : {}),
  };
}

function isNewer({ version }: KataEvidence): boolean {
  return version !== null && isNewerThanKnown(version);
}

/**
 * Nothing is set on such a pod, but what an earlier call of ours set is put back where now something speaks against it:
 * another webhook may have given the pod a volume or an annotation, or sent it to other nodes.
 */
function decideAlready(facts: Facts, policy: Policy, target: PolicyTarget, already: Already): Decision {
  const findings = ruleFindings(facts, policy, target, already.destinations);
  if (already.selection !== null) findings.push(...againstSelected(facts, policy, target, already));
  const ordered = inOrder(underPolicy(findings, policy, []));
  if (already.status !== null && ordered.some(({ severity }) => severity === "blocks")) {
    return { kind: "skip", findings: ordered, putBack: already.status };
  }
  return { kind: "skip", findings: [already.finding, ...ordered], putBack: null };
}

/**
 * What speaks against the selection of an earlier call, asked as on the first one; or against the user's own, which is
 * told and left.
 */
function againstSelected(
  facts: Facts,
  policy: Policy,
  target: PolicyTarget,
  { selection, status }: Already,
): readonly Finding[] {
  const input = { facts, pod: facts.pod, policy, target, isAuto: target.selection === "auto" };
  // What trust: operator has forced on the first call stays so on the second.
  const isForced = target.trust === "operator" && target.selection === selection;
  if (selection === "runtime-class") {
    if (facts.podClass?.kind !== "known") return [];
    const variant = facts.podClass.value;
    const aboutKata = isForced ? [] : againstVariant(input, variant).findings;
    if (status === null) return aboutKata;
    return [...aboutKata, ...unschedulable(facts, variant), ...narrowedNodes(facts, variant, status)];
  }
  if (isForced) return [];
  const attempt = selection === "config-path" ? attemptConfigPath(input) : attemptHypervisorAnnotations(input);
  const isUnknown = status !== null && attempt.by !== null && attempt.isUndecided && attempt.aboutKata.length === 0;
  return isUnknown ? [block("KataSupportUnknown")] : attempt.aboutKata;
}

function ruleFindings(
  facts: Facts,
  policy: Policy,
  target: PolicyTarget,
  destinations: readonly KataEvidence[] | null,
): Finding[] {
  const { pod } = facts;
  const containers = eachContainer(pod);
  const volumes = mountedVolumes(pod, containers);
  const judge = (destination: RuleEvidence): Finding[] =>
    askRules({ pod, containers, volumes, facts, policy, target, destination });
  return destinations === null ? againstEvery(judge) : againstAny(alikeToRules(destinations), judge);
}

/** One of those that are alike in all that rules look at: a pod may be large, and is looked through for each. */
function alikeToRules(destinations: readonly KataEvidence[]): readonly KataEvidence[] {
  if (destinations.length < 2) return destinations;
  const seen = new Map<string, KataEvidence>();
  for (const each of destinations) {
    const key = JSON.stringify(ruleEvidenceOf(each));
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()];
}

/** Choices of the user's whose annotations the selection would have to overwrite: that is not the policy's to allow. */
const KEPT: Readonly<Record<Selection, readonly Reason[]>> = {
  "runtime-class": [],
  "config-path": ["UserConfigPath"],
  "hypervisor-annotations": ["UserSharedFs", "UserHugePages"],
};

/** The policy's word on each finding: degrading ones are allowed, warned of or blocked; blocking ones only by name. */
function underPolicy(findings: readonly Finding[], policy: Policy, kept: readonly Reason[]): readonly Finding[] {
  if (findings.length === 0) return findings;
  return findings.flatMap((finding): Finding[] => {
    if (finding.severity === "blocks") {
      const isAllowed =
        !kept.includes(finding.reason) && policy.dangerouslyAllow.some((each) => each === finding.reason);
      // Not dropped: whoever made the pod is still told what won't work.
      return [isAllowed ? { ...finding, severity: "degrades" } : finding];
    }
    const setting = settingOf(finding.reason, policy);
    if (setting === "allow") return [];
    return [setting === "skip" ? { ...finding, severity: "blocks" } : finding];
  });
}

function settingOf(reason: Reason, policy: Policy): RuleSetting {
  const degrading = DEGRADING_REASONS.find((each) => each === reason);
  return degrading === undefined ? "warn" : (policy.rules[degrading] ?? defaultSetting(degrading));
}

/** By reason as listed, then as the fields were visited: the same every time. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.length < 2 ? findings : findings.toSorted((a, b) => compareReasons(a.reason, b.reason));
}
