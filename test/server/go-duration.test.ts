import { expect, it } from "vitest";
import { parseGoDuration } from "../../src/server/go-duration.ts";

it.each([
  ["10s", 10_000],
  ["1m0s", 60_000],
  ["500ms", 500],
  ["1.5s", 1_500],
  [".5s", 500],
  ["1.s", 1_000],
  ["1h2m3s", 3_723_000],
  ["1500us", 1.5],
  ["1500µs", 1.5],
  ["1500μs", 1.5],
  ["2000000ns", 2],
])("%j is %d ms", (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 9);
});

it.each([
  "",
  "0",
  "0s",
  "10",
  "s",
  "-5s",
  "+5s",
  "5 s",
  " 5s",
  "5s ",
  "5S",
  "1e3s",
  "Infinity",
  "5s5",
  "x5s",
  "5d",
  "9".repeat(40) + "s",
])("%j is none", (text) => {
  expect(parseGoDuration(text)).toBeNull();
});

it("carries nothing over from one call to the next", () => {
  expect([parseGoDuration("1m0s"), parseGoDuration("5s"), parseGoDuration("x"), parseGoDuration("5s")]).toEqual([
    60_000,
    5_000,
    null,
    5_000,
  ]);
});
