// Where a pod would go in the variant's RuntimeClass, beside where it would go in its own.
import { isExtendedResource } from "../extended-resource.ts";
import type { Facts, NodeGroup, RuntimeClassFacts } from "../facts.ts";
import {
  type Container,
  eachContainer,
  escapePointer,
  type NodeSelectorRequirement,
  type Pod,
  requiredNodeTerms,
} from "../pod.ts";
import { mayHave } from "../reporting-nodes.ts";
import type { Finding } from "../rule.ts";
import type { Status } from "../status.ts";
import { block } from "./attempt.ts";

/**
 * No node that the pod could go to has the handler; or those that have it take no pods now, while others would take the
 * pod as it is. Where none takes it, it has to wait in any case.
 */
export function unschedulable(facts: Facts, variant: RuntimeClassFacts): Finding[] {
  const { targetNodes, variantNodes } = facts;
  if (variantNodes.kind === "unknown") return [];
  const could = variantNodes.value.filter((group) => mayHave(group, variant.handler));
  if (could.length === 0) return [block("VariantUnschedulable")];
  if (could.some((group) => !group.isLater) || targetNodes.kind === "unknown") return [];
  const isAwaited = targetNodes.value.some((group) => !group.isLater && mayHave(group, targetHandler(facts)));
  return isAwaited ? [block("VariantUnschedulable", "takes no pods now")] : [];
}

function targetHandler({ targetClass }: Facts): string | null {
  return targetClass.kind === "known" ? targetClass.value.handler : null;
}

function targetSelector({ targetClass }: Facts): Readonly<Record<string, string>> {
  return targetClass.kind === "known" ? targetClass.value.nodeSelector : {};
}

/**
 * A node that has the target's handler and, by the kubelet's complete list, not the variant's: scheduled there, the pod
 * would never start, and as it is it would. One that has neither takes nothing from it.
 */
export function missingHandlers(facts: Facts, variant: RuntimeClassFacts): Finding[] {
  if (facts.variantNodes.kind === "unknown") return [];
  const groups = facts.variantNodes.value;
  const isAnyMissing = groups.some((group) => !mayHave(group, variant.handler) && mayHave(group, targetHandler(facts)));
  if (isAnyMissing && unschedulable(facts, variant).length === 0) return [block("FleetDisagrees", "runtimeHandlers")];
  return isLeftOutByReports(groups, targetHandler(facts), variant.handler) ? [block("FleetDisagrees", "handlers")] : [];
}

function names({ report }: NodeGroup, handler: string): boolean {
  return report !== null && Object.hasOwn(report.handlers, handler);
}

/**
 * A report is no complete list of handlers. But where one node's names the variant, another node's that names the target alone
 * tells of a node on which the variant was not set up; a node with the kubelet's list is asked for that.
 */
function isLeftOutByReports(groups: readonly NodeGroup[], target: string | null, variant: string): boolean {
  if (target === null || !groups.some((group) => names(group, variant))) return false;
  return groups.some((group) => group.runtimeHandlers === null && names(group, target) && !names(group, variant));
}

/** The API server refuses a pod whose nodeSelector and its class's differ in a key's value (kube README, executed). */
export function nodeSelectorConflicts(pod: Pod, facts: Facts, variant: RuntimeClassFacts): Finding[] {
  const own = pod.spec?.nodeSelector ?? {};
  const target = targetSelector(facts);
  const findings: Finding[] = [];
  for (const key of Object.keys(variant.nodeSelector).sort()) {
    const wanted = variant.nodeSelector[key];
    if (Object.hasOwn(own, key) && own[key] !== wanted) {
      findings.push(block("NodeSelectorConflict", undefined, `/spec/nodeSelector/${escapePointer(key)}`));
    } else if (Object.hasOwn(target, key) && target[key] !== wanted) findings.push(block("NodeSelectorConflict"));
  }
  return findings;
}

/**
 * The variant asks for more of a node than the target and the pod do, and something holds the pod to nodes of which those
 * may be none: a volume is where it is, and so are other pods. In its own class it would run. Which nodes there are today
 * is not asked: on a second call nobody could tell any more where the pod might have gone.
 *
 * @param status what an earlier call of ours says that the variant has brought along: that is not the pod's own
 */
export function narrowedNodes(facts: Facts, variant: RuntimeClassFacts, status: Status | null): Finding[] {
  const { pod, variantNodes } = facts;
  // Where nodes are known, unschedulable() has looked at that one.
  if (pod.spec?.nodeName && variantNodes.kind === "known") return [];
  const target = targetSelector(facts);
  const own = status?.added?.includes("nodeSelector") === true ? {} : (pod.spec?.nodeSelector ?? {});
  const keys = Object.keys(variant.nodeSelector).filter((key) => !Object.hasOwn(target, key));
  const isOwn = (key: string): boolean => Object.hasOwn(own, key);
  if (keys.every((key) => isOwn(key) || isRequired(pod, key, variant))) return [];
  const path =
    heldBy(pod) ??
    (variantNodes.kind === "unknown" ? selectedBy(pod, target, variant) : null) ??
    // The status remembers whether all were added (class-switch.ts): of some, a second call could not say what the pod's are.
    (keys.some(isOwn) ? "/spec/nodeSelector" : null);
  return path === null ? [] : [block("VariantNarrowsNodes", undefined, path)];
}

/** Does the pod's own node affinity want that label with the variant's value, whichever of its terms holds? */
function isRequired(pod: Pod, key: string, { nodeSelector }: RuntimeClassFacts): boolean {
  const terms = requiredNodeTerms(pod) ?? [];
  const asks = (each: NodeSelectorRequirement): boolean =>
    each.key === key && each.operator === "In" && each.values?.every((value) => value === nodeSelector[key]) === true;
  return terms.length > 0 && terms.every(({ matchExpressions }) => matchExpressions?.some(asks) === true);
}

/** The first field that holds the pod to nodes, other than node selection itself, or null. Mounted or not, a claim does. */
function heldBy({ spec }: Pod): string | null {
  const volume = (spec?.volumes ?? []).findIndex(
    (each) => each.persistentVolumeClaim != null || each.ephemeral != null,
  );
  if (volume !== -1) return `/spec/volumes/${volume}`;
  for (const field of ["podAffinity", "podAntiAffinity"] as const) {
    const required = spec?.affinity?.[field]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    if (required.length > 0) return `/spec/affinity/${field}`;
  }
  // Whoever takes a gate away may choose nodes for the pod (KEP-3838).
  if ((spec?.schedulingGates ?? []).length > 0) return "/spec/schedulingGates";
  // An allocated claim is where it is.
  if ((spec?.resourceClaims ?? []).length > 0) return "/spec/resourceClaims";
  for (const { container, path } of eachContainer({ spec })) {
    if (asksForDevices(container)) return `${path}/resources`;
    // A node has each port once.
    if (container.ports?.some(({ hostPort }) => Boolean(hostPort)) === true) return `${path}/ports`;
  }
  const constraint = (spec?.topologySpreadConstraints ?? []).findIndex(
    // Absent is DoNotSchedule, and so is whatever is new.
    ({ whenUnsatisfiable }) => whenUnsatisfiable !== "ScheduleAnyway",
  );
  return constraint === -1 ? null : `/spec/topologySpreadConstraints/${constraint}`;
}

/** Only some nodes have what a device plugin offers. What no policy calls harmless keeps the pod as it is in any case. */
function asksForDevices({ resources }: Container): boolean {
  return Object.keys(resources?.limits ?? {}).some(isExtendedResource);
}

/** How the pod selects its nodes itself; where none is known, nobody can say whether they have the variant's labels. */
function selectedBy(
  pod: Pod,
  target: Readonly<Record<string, string>>,
  { nodeSelector }: RuntimeClassFacts,
): string | null {
  if (pod.spec?.nodeName) return "/spec/nodeName";
  const own = Object.keys(pod.spec?.nodeSelector ?? {});
  if (own.some((key) => !Object.hasOwn(target, key) && !Object.hasOwn(nodeSelector, key))) return "/spec/nodeSelector";
  return (requiredNodeTerms(pod) ?? []).length > 0 ? "/spec/affinity/nodeAffinity" : null;
}
