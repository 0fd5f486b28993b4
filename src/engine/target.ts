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
  const own = policy.targets.find((each) => each.runtimeClass === runtimeClassName);
  if (own !== undefined) return { target: own, role: "target" };
  const variantOf = podClass?.kind === "known" ? podClass.value.variantOf : null;
  const behind = policy.targets.find(
    (each) => each.variant === runtimeClassName || (variantOf !== null && each.runtimeClass === variantOf),
  );
  return behind === undefined ? null : { target: behind, role: "variant" };
}
