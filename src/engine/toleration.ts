// When a toleration makes another one needless, as the API server's RuntimeClass plugin sees it when it merges them.
// Source: k8s.io/kubernetes pkg/util/tolerations/tolerations.go (isSuperset; 1.34 to 1.37 alike).
import type { Toleration } from "./pod.ts";

/** Field by field; what is empty is as what is not there. */
export function isSameToleration(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? "") === (b.key ?? "") &&
    (a.operator ?? "") === (b.operator ?? "") &&
    (a.value ?? "") === (b.value ?? "") &&
    (a.effect ?? "") === (b.effect ?? "") &&
    (a.tolerationSeconds ?? null) === (b.tolerationSeconds ?? null)
  );
}

/** Does `wide` tolerate all that `narrow` does? */
export function isSuperset(wide: Toleration, narrow: Toleration): boolean {
  if (isSameToleration(wide, narrow)) return true;
  // Without a key, Exists is every taint.
  if ((wide.key ?? "") !== (narrow.key ?? "") && (wide.key || wide.operator !== "Exists")) return false;
  if (wide.effect && wide.effect !== (narrow.effect ?? "")) return false;
  if (wide.effect === "NoExecute" && wide.tolerationSeconds != null) {
    if (narrow.tolerationSeconds == null || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === "Exists") return true;
  if (wide.operator && wide.operator !== "Equal") return false;
  // To the API server, narrow without an operator is not covered by another text for the same.
  return narrow.operator === "Equal" && (wide.value ?? "") === (narrow.value ?? "");
}
