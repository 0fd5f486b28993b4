// A year with three replicas whose clocks are two hours apart.
import { expect, it } from "vitest";
import { secretWrites } from "./rotation-history.ts";
import { DAY, HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation } from "./simulation.ts";

const aheadMs = [0, -HOUR, 59 * MINUTE];

it("three replicas agree for a year, one an hour late and one nearly an hour early", { timeout: 60_000 }, async () => {
  const simulation = await createSimulation({ aheadMs });
  await simulation.run(DAY / MINUTE);
  await simulation.run((364 * DAY) / MINUTE, 10);
  // Each step is done by one of them, once.
  expect(secretWrites(simulation)).toEqual({ create: 1, introduce: 1, promote: 1, drop: 1, forget: 1 });
  const patches = simulation.happenings.filter(({ event }) => event.kind === "bundles");
  expect(patches).toHaveLength(3);
});

it("they do so by their own clocks alone", async () => {
  const simulation = await createSimulation({ aheadMs, hasServerTime: false, authorityAgeMs: 243 * DAY });
  await simulation.run(DAY / MINUTE);
  await simulation.run((35 * DAY) / MINUTE, 5);
  expect(secretWrites(simulation)).toEqual({ introduce: 1, promote: 1, drop: 1, forget: 1 });
});
