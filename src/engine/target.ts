import type { Known, RuntimeClassFacts } from "./facts.ts";
import type { Pod } from "./pod.ts";
import type { Policy, PolicyTarget } from "./policy.ts";
import { statusOf } from "./status.ts";

/** A policy target and what the pod's RuntimeClass is to it. */
export interface Aim {
  readonly target: PolicyTarget;
  /** `target`: the pod names the target itself; `variant`: it names the class that stands in for it. */
  readonly role: "target" | "variant";
}

/**
 * The policy target that a pod belongs to, or null. `podClass` is the object of the pod's RuntimeClass. Where that cannot
 * be read, our status has to do: else a pod that we moved would stay in the variant whatever it was given since. Anybody
 * can write one; it can only have its author's own pod put back into a target.
 */
export function findTarget(policy: Policy, pod: Pod, podClass: Known<RuntimeClassFacts> | null): Aim | null {
  const name = pod.spec?.runtimeClassName;
  if (!name) return null;
  // First, or a variant that is a target as well would be switched again on the second call.
  const behind = targetBehind(policy, name, pod, podClass);
  if (behind !== null) return { target: behind, role: "variant" };
  const own = policy.targets.find(({ runtimeClass }) => runtimeClass === name);
  return own === undefined ? null : { target: own, role: "target" };
}

/** The target that the class of this name stands in for. Several may share a variant: then our status says which. */
function targetBehind(
  policy: Policy,
  name: string,
  pod: Pod,
  podClass: Known<RuntimeClassFacts> | null,
): PolicyTarget | null {
  const variantOf = variantOfClass(policy, name, pod, podClass);
  const all = policy.targets.filter(
    ({ runtimeClass, variant }) => runtimeClass !== name && (variant === name || runtimeClass === variantOf),
  );
  if (all.length < 2) return all[0] ?? null;
  const from = movedFrom(pod);
  const isSaid = all.find(({ runtimeClass }) => runtimeClass === from);
  return isSaid ?? all.find(({ variant }) => variant === name) ?? all[0] ?? null;
}

function variantOfClass(
  policy: Policy,
  name: string,
  pod: Pod,
  podClass: Known<RuntimeClassFacts> | null,
): string | null {
  if (podClass === null) return null;
  if (podClass.kind === "known") return podClass.value.variantOf;
  // A class that is known not to exist is nobody's variant, and a target stays one.
  const isSettled = podClass.why === "not found" || policy.targets.some(({ runtimeClass }) => runtimeClass === name);
  return isSettled ? null : movedFrom(pod);
}

/** The RuntimeClass from which we have moved the pod, by its status. */
function movedFrom(pod: Pod): string | null {
  const status = statusOf(pod);
  return status?.selection === "runtime-class" ? status.from : null;
}
