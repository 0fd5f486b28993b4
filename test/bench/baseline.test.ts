import { join } from "node:path";
import { expect, it } from "vitest";
import { type Baseline, baselineOf, compare, readBaseline, writeBaseline } from "../../bench/baseline.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { cell, goodResults } from "./results.ts";

const SPEED = "6k c16 requestsPerSecond/raw";
const TAIL = "6k c16 p99Us/raw";

function baseline(ratios: Baseline["ratios"]): Baseline {
  return { ...baselineOf(goodResults()), ratios };
}

it("holds our ratio to (b) and to d1 for every cell where both were measured", () => {
  const { ratios } = baselineOf(goodResults());
  expect(ratios[SPEED]).toEqual({ value: 20, noise: 0 });
  expect(ratios["6k c16 cpuUs/parse"]).toEqual({ value: 1.3, noise: 0 });
  expect(Object.keys(ratios).filter((name) => name.startsWith("handshakes"))).toEqual([
    "handshakes requestsPerSecond/parse",
    "handshakes p99Us/parse",
    "handshakes cpuUs/parse",
  ]);
});

it.each([
  { name: SPEED, before: 10, now: 9.2, isRegression: false },
  { name: SPEED, before: 10, now: 9, isRegression: true },
  { name: SPEED, before: 10, now: 20, isRegression: false },
  { name: TAIL, before: 0.2, now: 0.219, isRegression: false },
  { name: TAIL, before: 0.2, now: 0.221, isRegression: true },
  { name: TAIL, before: 0.2, now: 0.1, isRegression: false },
])("$name from $before to $now: regression $isRegression", ({ name, before, now, isRegression }) => {
  const changes = compare(
    baseline({ [name]: { value: before, noise: 0 } }),
    baseline({ [name]: { value: now, noise: 0 } }),
  );
  expect(changes).toMatchObject([{ name, before, now, isRegression }]);
});

it("allows for the noise of both runs", () => {
  const before = baseline({ [SPEED]: { value: 10, noise: 0.06 } });
  const now = baseline({ [SPEED]: { value: 8.2, noise: 0.08 } });
  const [change] = compare(before, now);
  expect(change).toMatchObject({ isRegression: false });
  expect(change?.worseBy).toBeCloseTo(0.22, 2);
  expect(change?.allowance).toBeCloseTo(0.1 + 1.53 * 0.1, 10);
});

it("tells what is not measured now, and does not call it slower", () => {
  expect(compare(baseline({ [SPEED]: { value: 10, noise: 0 } }), baseline({}))).toMatchObject([
    { name: SPEED, now: null, isRegression: false },
  ]);
});

it("sees a run that is slower in one cell only", () => {
  const before = goodResults();
  const slower = cell({ ours: [15_000, 100, 130], parse: [25_000, 80, 100], raw: [1_000, 2_000, 1_000] });
  const after = { ...before, cells: { ...before.cells, "60k c4": slower } };
  const worse = compare(baselineOf(before), baselineOf(after)).filter(({ isRegression }) => isRegression);
  expect(worse.map(({ name }) => name)).toEqual(["60k c4 requestsPerSecond/parse", "60k c4 requestsPerSecond/raw"]);
});

it("is read as it was written, is absent where there is no file, and says what to do with a broken one", async () => {
  const dir = await temporaryFolder();
  const file = join(dir, "baseline.json");
  expect(await readBaseline(file)).toBeNull();
  const written = baselineOf(goodResults());
  await writeBaseline(written, file);
  expect(await readBaseline(file)).toEqual(written);
  await expect(readBaseline(dir)).rejects.toThrow("--update-baseline");
});
