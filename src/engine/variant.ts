import type { Facts, RuntimeClassFacts, UnknownCause } from "./facts.ts";

/** The RuntimeClass that stands in for a target, or why there is not just one. */
export type Variant =
  | { readonly kind: "one"; readonly variant: RuntimeClassFacts }
  /** Nobody names one. */
  | { readonly kind: "none" }
  /** The policy names one that does not exist. */
  | { readonly kind: "missing" }
  | { readonly kind: "ambiguous" }
  | { readonly kind: "unknown"; readonly why: UnknownCause };

/** The policy's variant settles it; else the one RuntimeClass whose annotation names the target. */
export function resolveVariant({
  policyVariant,
  annotatedVariants,
}: Pick<Facts, "policyVariant" | "annotatedVariants">): Variant {
  if (policyVariant !== null) {
    if (policyVariant.kind === "known") return { kind: "one", variant: policyVariant.value };
    return policyVariant.why === "not found" ? { kind: "missing" } : { kind: "unknown", why: policyVariant.why };
  }
  if (annotatedVariants.kind === "unknown") return { kind: "unknown", why: annotatedVariants.why };
  const [first, second] = annotatedVariants.value;
  if (first === undefined) return { kind: "none" };
  return second === undefined ? { kind: "one", variant: first } : { kind: "ambiguous" };
}
