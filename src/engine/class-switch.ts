// A pod's move to another RuntimeClass and back, with all that a class brings along: docs/adr/0006-class-switch.md.
import type { Known, RuntimeClassFacts } from "./facts.ts";
import type { Operation } from "./patch.ts";
import { escapePointer, type Pod, type Toleration } from "./pod.ts";
import { equalQuantities } from "./quantity.ts";
import { isSameToleration, isSuperset } from "./toleration.ts";

/** Fields of the pod that a class adds to. */
export const SCHEDULING_FIELDS = ["nodeSelector", "tolerations"] as const;
export type SchedulingField = (typeof SCHEDULING_FIELDS)[number];

/**
 * The operations that move a pod to the RuntimeClass of that name. `destination` is null where nothing is known of it.
 *
 * Overhead and scheduling are written as the API server's RuntimeClass plugin would fill them in. It does so after our
 * first call, but in the second round (another webhook changed the pod after us, or our first call failed and the API
 * server went on without it) it runs before us only, and then an overhead that is not the class's is Forbidden, and
 * scheduling that is missing stays so (plugin/pkg/admission/runtimeclass, apiserver pkg/admission/reinvocation.go).
 * Nothing tells the two rounds apart. What is there already, the user's or the old class's, stays.
 */
export function toRuntimeClass(pod: Pod, name: string, destination: RuntimeClassFacts | null): Operation[] {
  const operations = [toName(name)];
  if (destination === null) return operations;
  operations.push(...toOverhead(pod, destination), ...addToSelector(pod, destination));
  operations.push(...addTolerations(pod, pod.spec?.tolerations ?? [], destination));
  return operations;
}

/**
 * The fields in which all that the class `to` asks for beyond `from` is new to the pod: to be remembered, as a put-back
 * may take it away again. A toleration that covers one of the pod's counts as the pod's, since the API server drops the
 * covered one.
 */
export function addedBy(pod: Pod, from: Known<RuntimeClassFacts>, to: RuntimeClassFacts | null): SchedulingField[] {
  if (from.kind === "unknown" || to === null) return [];
  const keys = ownKeys(to, from.value);
  const selector = pod.spec?.nodeSelector ?? {};
  const tolerations = ownTolerations(to, from.value);
  if (keys.length + tolerations.length === 0) return [];
  const others = [...(pod.spec?.tolerations ?? []), ...from.value.tolerations];
  const isRelated = (each: Toleration): boolean =>
    others.some((other) => isSuperset(each, other) || isSuperset(other, each));
  const isNew: Readonly<Record<SchedulingField, boolean>> = {
    nodeSelector: keys.length > 0 && !keys.some((key) => Object.hasOwn(selector, key)),
    tolerations: tolerations.length > 0 && !tolerations.some(isRelated),
  };
  return SCHEDULING_FIELDS.filter((field) => isNew[field]);
}

/** A pod that an earlier call of ours has moved. */
export interface MovedPod {
  readonly pod: Pod;
  /** The class that it is in. */
  readonly current: Known<RuntimeClassFacts> | null;
  /** The class that it came with. */
  readonly first: Known<RuntimeClassFacts>;
  /** What the earlier call has remembered of addedBy. */
  readonly added: readonly SchedulingField[];
}

/** The operations that undo toRuntimeClass, as far as it is known what was ours. */
export function backToRuntimeClass({ pod, current, first, added }: MovedPod, name: string): Operation[] {
  // Of a class that cannot be read, the likeliest is that both have the same.
  if (first.kind === "unknown") return [toName(name)];
  const destination = first.value;
  const operations = [toName(name), ...toOverhead(pod, destination)];
  const ours = current?.kind === "known" ? current.value : null;
  if (ours !== null && added.includes("nodeSelector")) {
    const own = pod.spec?.nodeSelector ?? {};
    for (const key of ownKeys(ours, destination)) {
      if (Object.hasOwn(own, key) && own[key] === ours.nodeSelector[key])
        operations.push({ op: "remove", path: selectorPath(key) });
    }
  }
  operations.push(...addToSelector(pod, destination));
  const tolerated = pod.spec?.tolerations ?? [];
  const goes = ours !== null && added.includes("tolerations") ? ownTolerations(ours, destination) : [];
  const isGone = (each: Toleration): boolean => goes.some((other) => isSameToleration(each, other));
  // From the end on: each removal moves what is behind it.
  for (const [index, each] of [...tolerated.entries()].toReversed()) {
    if (isGone(each)) operations.push({ op: "remove", path: `/spec/tolerations/${index}` });
  }
  const staying = tolerated.filter((each) => !isGone(each));
  return [...operations, ...addTolerations(pod, staying, destination)];
}

function toName(name: string): Operation {
  return { op: "replace", path: "/spec/runtimeClassName", value: name };
}

function toOverhead({ spec }: Pod, { overhead }: RuntimeClassFacts): Operation[] {
  const path = "/spec/overhead";
  const current = spec?.overhead ?? null;
  if (overhead === null) return current === null ? [] : [{ op: "remove", path }];
  if (current !== null && equalQuantities(current, overhead)) return [];
  return [{ op: current === null ? "add" : "replace", path, value: overhead }];
}

/** A key with another value stays as it is; the decision sees to it that there is none (NodeSelectorConflict). */
function addToSelector({ spec }: Pod, { nodeSelector }: RuntimeClassFacts): Operation[] {
  const own = spec?.nodeSelector;
  if (own != null) {
    return Object.entries(nodeSelector)
      .filter(([key]) => !Object.hasOwn(own, key))
      .map(([key, value]) => ({ op: "add", path: selectorPath(key), value }));
  }
  if (Object.keys(nodeSelector).length === 0) return [];
  return [{ op: "add", path: "/spec/nodeSelector", value: nodeSelector }];
}

/** `tolerated`: those that the pod has when these operations come. */
function addTolerations(
  { spec }: Pod,
  tolerated: readonly Toleration[],
  { tolerations }: RuntimeClassFacts,
): Operation[] {
  const missing = tolerations.filter((each) => !tolerated.some((other) => isSuperset(other, each)));
  if (spec?.tolerations != null) return missing.map((value) => ({ op: "add", path: "/spec/tolerations/-", value }));
  return missing.length === 0 ? [] : [{ op: "add", path: "/spec/tolerations", value: missing }];
}

function selectorPath(key: string): string {
  return `/spec/nodeSelector/${escapePointer(key)}`;
}

function ownKeys(runtimeClass: RuntimeClassFacts, than: RuntimeClassFacts): string[] {
  return Object.keys(runtimeClass.nodeSelector).filter((key) => !Object.hasOwn(than.nodeSelector, key));
}

function ownTolerations(runtimeClass: RuntimeClassFacts, than: RuntimeClassFacts): Toleration[] {
  return runtimeClass.tolerations.filter((each) => !than.tolerations.some((other) => isSameToleration(each, other)));
}
