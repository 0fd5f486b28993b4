import fc from "fast-check";
import { expect, it } from "vitest";
import { median, pairedRatio, rotated } from "../../bench/statistics.ts";

it.each([
  { values: [3], middle: 3 },
  { values: [9, 1, 5], middle: 5 },
  { values: [4, 1, 3, 2], middle: 2.5 },
  { values: [10, 9, 100], middle: 10 },
])("the median of $values is $middle", ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

it("has no median of nothing", () => {
  expect(() => median([])).toThrow(RangeError);
});

it("pairs the rounds, so that what slows a whole round is no noise", () => {
  expect(pairedRatio([100, 50, 10], [50, 25, 5])).toEqual({ value: 2, noise: 0 });
});

it("tells scatter as noise: 1.96 · 1.253 · 1.4826 median absolute deviations by the root of the rounds", () => {
  const { value, noise } = pairedRatio([9, 10, 11, 9, 11], [10, 10, 10, 10, 10]);
  expect(value).toBe(1);
  expect(noise).toBeCloseTo((1.96 * 1.253 * 1.4826 * 0.1) / Math.sqrt(5), 10);
});

it("is not moved by one round beside which something else ran", () => {
  expect(pairedRatio([10, 10, 10, 10, 1], [10, 10, 10, 10, 10])).toEqual({ value: 1, noise: 0 });
});

it("refuses rounds that are not pairs", () => {
  expect(() => pairedRatio([1, 2], [1])).toThrow("2 rounds against 1");
});

it("gives every round all contenders", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 6 }), fc.nat(40), (names, round) => {
      expect(rotated(names, round)).toHaveLength(names.length);
      expect(new Set(rotated(names, round))).toEqual(new Set(names));
    }),
  );
});

it("puts each contender at each place, and in both directions", () => {
  const names = ["a", "b", "c"];
  const orders = Array.from({ length: 6 }, (_, round) => rotated(names, round).join(""));
  expect(orders).toEqual(["abc", "bca", "cab", "cba", "acb", "bac"]);
});
