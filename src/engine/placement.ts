// Where a pod could go: what the scheduler requires, without what it only prefers and without resources.
// Source: k8s.io/component-helpers scheduling/corev1/nodeaffinity, and core/v1 Taint and Toleration.
import type { RuntimeClassFacts } from "./facts.ts";
import { isSameToleration } from "./toleration.ts";
import {
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  type Pod,
  requiredNodeTerms,
  type Toleration,
} from "./pod.ts";

/** Plain JSON, so that equal placements have equal text and answers can be remembered by it. */
export interface Placement {
  readonly nodeName: string | null;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: any of these; null when there is none. */
  readonly terms: readonly NodeSelectorTerm[] | null;
  readonly tolerations: readonly Toleration[];
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** What placement looks at on a Node. */
export interface PlaceableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** Only a Ready condition that says False or Unknown makes this false. */
  readonly ready: boolean;
}

/** The pod's own placement with the scheduling of the given RuntimeClasses merged in, as the RuntimeClass plugin does. */
export function placementOf(pod: Pod, classes: readonly RuntimeClassFacts[]): Placement {
  const spec = pod.spec ?? {};
  const nodeSelector: Record<string, string> = { ...spec.nodeSelector };
  const tolerations = [...(spec.tolerations ?? [])];
  for (const each of classes) {
    Object.assign(nodeSelector, each.nodeSelector);
    tolerations.push(...each.tolerations);
  }
  return {
    nodeName: spec.nodeName || null,
    nodeSelector,
    terms: requiredNodeTerms(pod),
    tolerations,
  };
}

/** Do both ask for the same nodes in the same words? With node affinity the answer is no: text says that sooner. */
export function isSamePlacement(one: Placement, other: Placement): boolean {
  if (one.nodeName !== other.nodeName || one.terms !== null || other.terms !== null) return false;
  if (one.tolerations.length !== other.tolerations.length) return false;
  for (let index = 0; index < one.tolerations.length; index += 1) {
    if (!isSameToleration(one.tolerations[index] as Toleration, other.tolerations[index] as Toleration)) return false;
  }
  return isSameSelector(one.nodeSelector, other.nodeSelector);
}

/** Keys in any order. */
export function isSameSelector(one: Placement["nodeSelector"], other: Placement["nodeSelector"]): boolean {
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  for (const key of keys) if (!Object.hasOwn(other, key) || one[key] !== other[key]) return false;
  return true;
}

/** What tolerates this taint goes to cordoned nodes as well, as a DaemonSet's pods do (NodeUnschedulable plugin). */
const CORDONED: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };

/** Taints that Kubernetes itself sets and takes away again (core/v1 well_known_taints.go, k8s.io/cloud-provider/api). */
const PASSING: ReadonlySet<string> = new Set([
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
  "node.kubernetes.io/unschedulable",
  "node.kubernetes.io/memory-pressure",
  "node.kubernetes.io/disk-pressure",
  "node.kubernetes.io/pid-pressure",
  "node.kubernetes.io/network-unavailable",
  "node.kubernetes.io/out-of-service",
  "node.cloudprovider.kubernetes.io/uninitialized",
  "node.cloudprovider.kubernetes.io/shutdown",
]);

/** `later`: not while the node is not ready or cordoned, or has a taint that passes; a pending pod waits for that. */
export type Reach = "now" | "later" | "never";

/**
 * Could a pod of that placement be put on this node? Where spec.nodeName says so the scheduler is not asked, but the
 * kubelet looks at nodeSelector, node affinity and NoExecute taints (pkg/kubelet/lifecycle/predicate.go), and a pod that
 * it rejects has failed.
 */
export function reachOf(node: PlaceableNode, placement: Placement): Reach {
  const { nodeName, nodeSelector, terms, tolerations } = placement;
  if (nodeName !== null && node.name !== nodeName) return "never";
  for (const key of Object.keys(nodeSelector)) {
    if (!Object.hasOwn(node.labels, key) || node.labels[key] !== nodeSelector[key]) return "never";
  }
  if (terms !== null && !terms.some((term) => matchesTerm(node, term))) return "never";
  const isBound = nodeName !== null;
  let isLater = !isBound && (!node.ready || (node.unschedulable && !isTolerated(CORDONED, tolerations)));
  for (const taint of node.taints) {
    if ((isBound && taint.effect !== "NoExecute") || isTolerated(taint, tolerations)) continue;
    if (!PASSING.has(taint.key)) return "never";
    isLater = true;
  }
  return isLater ? "later" : "now";
}

function matchesTerm(node: PlaceableNode, term: NodeSelectorTerm): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  // An empty term matches no node (core/v1 NodeSelectorTerm).
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((each) =>
      matches(Object.hasOwn(node.labels, each.key) ? (node.labels[each.key] ?? null) : null, each),
    ) && fields.every((each) => each.key === "metadata.name" && matches(node.name, each))
  );
}

function matches(value: string | null, requirement: NodeSelectorRequirement): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return value !== null && values.includes(value);
    case "NotIn":
      return value === null || !values.includes(value);
    case "Exists":
      return value !== null;
    case "DoesNotExist":
      return value === null;
    case "Gt":
      return isInteger(value) && isInteger(values[0]) && BigInt(value) > BigInt(values[0]);
    case "Lt":
      return isInteger(value) && isInteger(values[0]) && BigInt(value) < BigInt(values[0]);
    default:
      return false;
  }
}

/** An int64 has 19 digits; a text of thousands would be long in becoming a number. */
function isInteger(text: string | null | undefined): text is string {
  return text != null && /^-?\d{1,19}$/.test(text);
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  if (taint.effect !== "NoSchedule" && taint.effect !== "NoExecute") return true;
  return tolerations.some((each) => {
    if (each.effect && each.effect !== taint.effect) return false;
    if (each.operator === "Exists") return !each.key || each.key === taint.key;
    if (each.key !== taint.key) return false;
    switch (each.operator) {
      case null:
      case undefined:
      case "":
      case "Equal":
        return (each.value ?? "") === taint.value;
      // Without the feature gate TaintTolerationComparisonOperators the API server takes neither.
      case "Gt":
        return isInteger(taint.value) && isInteger(each.value) && BigInt(taint.value) > BigInt(each.value);
      case "Lt":
        return isInteger(taint.value) && isInteger(each.value) && BigInt(taint.value) < BigInt(each.value);
      // One that is not known yet may tolerate it, and a node too many only makes more sources of evidence.
      default:
        return true;
    }
  });
}
