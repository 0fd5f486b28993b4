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
 * The policy target that a pod belongs to, or null. `podClass` is the object of the pod's RuntimeClass; without it only
 * the policy's own names are found: a status alone, which anybody can write, makes no class a variant.
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
  const variantOf = podClass?.kind === "known" ? podClass.value.variantOf : null;
  const all = policy.targets.filter(
    ({ runtimeClass, variant }) => runtimeClass !== name && (variant === name || runtimeClass === variantOf),
  );
  if (all.length < 2) return all[0] ?? null;
  const from = movedFrom(pod);
  const isSaid = all.find(({ runtimeClass }) => runtimeClass === from);
  return isSaid ?? all.find(({ variant }) => variant === name) ?? all[0] ?? null;
}

/** The RuntimeClass from which we have moved the pod, by its status. */
function movedFrom(pod: Pod): string | null {
  const status = statusOf(pod);
  return status?.selection === "runtime-class" ? status.from : null;
}
