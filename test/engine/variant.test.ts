import { describe, expect, it } from "vitest";
import { type Known, known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import { resolveVariant, type Variant } from "../../src/engine/variant.ts";
import { classOf } from "./sample-facts.ts";

const a = classOf("a", { variantOf: "kata-clh" });
const b = classOf("b", { variantOf: "kata-clh" });

describe("resolveVariant", () => {
  it.each<[string, Known<RuntimeClassFacts> | null, Known<readonly RuntimeClassFacts[]>, Variant]>([
    ["nobody names one", null, known([]), { kind: "none" }],
    ["one is annotated", null, known([a]), { kind: "one", variant: a }],
    ["two are annotated", null, known([a, b]), { kind: "ambiguous" }],
    ["the policy settles it", known(b), known([a, b]), { kind: "one", variant: b }],
    ["the policy's needs no annotation", known(classOf("c")), known([]), { kind: "one", variant: classOf("c") }],
    ["the policy's alone is asked", known(b), unknown("not synced"), { kind: "one", variant: b }],
    ["the policy's does not exist", unknown("not found"), known([a]), { kind: "missing" }],
    ["the policy's is not synced", unknown("not synced"), known([a]), { kind: "unknown", why: "not synced" }],
    ["the policy's is forbidden", unknown("forbidden"), known([a]), { kind: "unknown", why: "forbidden" }],
    ["the policy's is stale", unknown("stale"), known([a]), { kind: "unknown", why: "stale" }],
    ["RuntimeClasses are not synced", null, unknown("not synced"), { kind: "unknown", why: "not synced" }],
    ["RuntimeClasses are stale", null, unknown("stale"), { kind: "unknown", why: "stale" }],
  ])("%s", (_, policyVariant, annotatedVariants, expected) => {
    expect(resolveVariant({ policyVariant, annotatedVariants })).toEqual(expected);
  });
});
