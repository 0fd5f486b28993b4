import { describe, expect, it } from "vitest";
import type { Toleration } from "../../src/engine/pod.ts";
import { isSameToleration, isSuperset } from "../../src/engine/toleration.ts";

const EXISTS: Toleration = { key: "k", operator: "Exists", effect: "NoSchedule" };
const EQUAL: Toleration = { key: "k", operator: "Equal", value: "v", effect: "NoSchedule" };
const EVICTED: Toleration = { key: "k", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 };

describe("isSuperset", () => {
  it.each<[string, Toleration, Toleration]>([
    ["the same", EQUAL, EQUAL],
    ["the same without an operator", { key: "k", value: "v" }, { key: "k", value: "v" }],
    ["the same of an operator that nobody knows", { ...EQUAL, operator: "Gt" }, { ...EQUAL, operator: "Gt" }],
    ["the same with empty fields", { ...EXISTS, value: "" }, { ...EXISTS, value: null }],
    ["any value", EXISTS, EQUAL],
    ["any taint", { operator: "Exists" }, EXISTS],
    ["any taint of that effect", { operator: "Exists", effect: "NoSchedule" }, EQUAL],
    ["any effect", { key: "k", operator: "Exists" }, EXISTS],
    ["any effect of one value", { ...EQUAL, effect: "" }, EQUAL],
    ["no operator, which is Equal", { ...EQUAL, operator: undefined }, EQUAL],
    ["for ever", { ...EVICTED, tolerationSeconds: null }, EVICTED],
    ["for as long", EVICTED, { ...EVICTED, tolerationSeconds: 300 }],
    ["no key and no value", { operator: "Exists" }, { operator: "Equal", value: "v" }],
  ])("%s", (_, wide, narrow) => {
    expect(isSuperset(wide, narrow)).toBe(true);
  });

  it.each<[string, Toleration, Toleration]>([
    ["another key", { ...EXISTS, key: "other" }, EXISTS],
    ["no key, but one value", { ...EQUAL, key: "" }, EQUAL],
    ["one value of any", EQUAL, EXISTS],
    ["another value", { ...EQUAL, value: "w" }, EQUAL],
    ["another effect", { ...EXISTS, effect: "NoExecute" }, EXISTS],
    ["one effect of any", EXISTS, { ...EXISTS, effect: null }],
    // As the API server has it, which goes by the text here.
    ["Equal where the other has no operator", EQUAL, { ...EQUAL, operator: "" }],
    ["an operator that nobody knows", { ...EQUAL, operator: "Gt" }, EQUAL],
    ["not as long as for ever", EVICTED, { ...EVICTED, tolerationSeconds: undefined }],
  ])("not %s", (_, wide, narrow) => {
    expect(isSuperset(wide, narrow)).toBe(false);
  });

  it("takes the longer of two spans for the wider", () => {
    const shorter = { ...EVICTED, tolerationSeconds: 10 };
    expect([isSuperset(EVICTED, shorter), isSuperset(shorter, EVICTED)]).toEqual([true, false]);
  });
});

it.each<[Partial<Toleration>, boolean]>([
  [{}, true],
  [{ value: "" }, true],
  [{ key: "other" }, false],
  [{ operator: "Equal" }, false],
  [{ value: "v" }, false],
  [{ effect: "NoExecute" }, false],
  [{ tolerationSeconds: 0 }, false],
])("isSameToleration: with %j", (rest, isSame) => {
  expect(isSameToleration(EXISTS, { ...EXISTS, ...rest })).toBe(isSame);
});

it.each(["key", "operator", "value", "effect"] as const)(
  "isSameToleration: a %s that is empty, null or absent is the same",
  (field) => {
    const alike: readonly Toleration[] = [{}, { [field]: null }, { [field]: "" }];
    for (const a of alike) for (const b of alike) expect(isSameToleration(a, b)).toBe(true);
  },
);
