import type { Known, RuntimeClassFacts } from "./facts.ts";
import type { Policy, PolicyTarget } from "./policy.ts";

/** A policy target and what the pod's RuntimeClass is to it. */
export interface Aim {
  readonly target: PolicyTarget;
  /** `target`: the pod names the target itself; `variant`: it names the class that stands in for it. */
  readonly role: "target" | "variant";
}

/**
 * The policy target that a pod with this RuntimeClass belongs to, or null.
 * `podClass` is the class's object; without it only the policy's own names are found.
 */
export function findTarget(
  policy: Policy,
  runtimeClassName: string | null | undefined,
  podClass: Known<RuntimeClassFacts> | null,
): Aim | null {
  if (!runtimeClassName) return null;
  const variantOf = podClass?.kind === "known" ? podClass.value.variantOf : null;
  const behind = policy.targets.find(
    ({ runtimeClass, variant }) =>
      runtimeClass !== runtimeClassName && (variant === runtimeClassName || runtimeClass === variantOf),
  );
  // First, or a variant that is a target as well would be switched again on the second call.
  if (behind !== undefined) return { target: behind, role: "variant" };
  const own = policy.targets.find((each) => each.runtimeClass === runtimeClassName);
  return own === undefined ? null : { target: own, role: "target" };
}
