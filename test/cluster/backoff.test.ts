import { expect, it } from "vitest";
import { errorEventFailure, type Failure, unreachable } from "../../src/cluster/api-answer.ts";
import { backoffMs } from "../../src/cluster/backoff.ts";

const almostOne = (): number => 1 - Number.EPSILON;
const refused = {
  kind: "failed",
  why: "429",
  isUnreachable: false,
  isTemporary: true,
  retryAfterMs: null,
} as const satisfies Failure;

it.each([
  ["unreachable", unreachable(new Error("connect ECONNREFUSED")), [500, 1_000, 2_000, 4_000, 5_000, 5_000]],
  ["in trouble", refused, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  ["too old", errorEventFailure({ code: 410 }), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]],
  ["forbidden", errorEventFailure({ code: 403 }), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
])("doubles up to a bound: %s", (_what, failure, bounds) => {
  expect(bounds.map((_bound, failures) => Math.round(backoffMs(failures, failure, almostOne)))).toEqual(bounds);
  expect(backoffMs(1e6, failure, almostOne)).toBeCloseTo(bounds.at(-1) ?? 0);
  expect(backoffMs(5, failure, () => 0)).toBe(0);
});

it("waits at least for what the server asks, and at most for 30 s of it", () => {
  expect(backoffMs(0, { ...refused, retryAfterMs: 2_000 }, () => 0)).toBe(2_000);
  expect(backoffMs(0, { ...refused, retryAfterMs: 3_600_000 }, () => 0)).toBe(30_000);
});
