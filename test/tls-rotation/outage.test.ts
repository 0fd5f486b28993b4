// The API server is away, or one replica cannot reach it, while everything goes on by the clock.
import { expect, it } from "vitest";
import { runUntil, secretWrites } from "./rotation-history.ts";
import { DAY, HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation, SHORT_LIFETIMES, type Simulation } from "./simulation.ts";

/** An hour before the next CA is introduced. */
const AGE = 243.29 * DAY;

async function start(replicas: number): Promise<Simulation> {
  const aheadMs = [0, -HOUR, 30 * MINUTE].slice(0, replicas);
  return await createSimulation({ aheadMs, authorityAgeMs: AGE });
}

function cutOff({ replicas }: Simulation, isCutOff: boolean): void {
  for (const replica of replicas) replica.isCutOff = isCutOff;
}

const steps = ["introduce", "promote"].flatMap((step) => [1, 3].map((replicas) => ({ step, replicas })));

it.each(steps)("the API server is away for a day after $step, $replicas replicas", async ({ step, replicas }) => {
  const simulation = await start(replicas);
  await runUntil(simulation, "secret", step);
  cutOff(simulation, true);
  const before = simulation.happenings.length;
  await simulation.run(DAY / MINUTE);
  // Nobody signs with a CA that was not read back for a minute.
  const switches = simulation.happenings
    .slice(before)
    .filter(({ event }) => event.kind === "leaf" && event.cause === "switch");
  expect(switches).toEqual([]);
  cutOff(simulation, false);
  await simulation.run(60);
  expect(secretWrites(simulation)).toEqual({ introduce: 1, promote: 1 });
  for (const { problem } of simulation.replicas) expect(problem()).toBeNull();
});

it("renews its leaf from memory while the API server is away for 25 days, and says so when that ends", async () => {
  const simulation = await createSimulation({ aheadMs: [0], authorityAgeMs: DAY });
  await simulation.run(10);
  cutOff(simulation, true);
  await simulation.run((25 * DAY) / MINUTE, 10);
  expect(simulation.replicas[0]?.problem()).toBeNull();
  await simulation.run((5 * DAY) / MINUTE, 10);
  expect(simulation.replicas[0]?.problem()).toMatch(/the served certificate has ended/);
  const last = simulation.happenings.findLast(({ event }) => event.kind === "leaf");
  expect(last?.event.kind === "leaf" ? (last.event.notAfter.getTime() - simulation.now()) / DAY : 1).toBeLessThan(0.1);
});

it("a replica that is cut off for 29 days serves the old CA's leaf until it is back", async () => {
  const simulation = await start(3);
  await simulation.run(30);
  const [first] = simulation.replicas;
  if (first === undefined) throw new Error("no replica");
  first.isCutOff = true;
  await runUntil(simulation, "leaf", "switch");
  // From here on the claims say that the caBundles still take the old CA's leaves.
  await simulation.run((29 * DAY) / MINUTE, 10);
  first.isCutOff = false;
  await simulation.run(5);
  expect(first.problem()).toBeNull();
  await simulation.run((3 * DAY) / MINUTE, 10);
  expect(secretWrites(simulation)).toMatchObject({ drop: 1, forget: 1 });
});

it("a machine that slept for five days renews at once", async () => {
  const simulation = await createSimulation({ aheadMs: [0, 0], authorityAgeMs: DAY });
  await simulation.run(10);
  const [first] = simulation.replicas;
  if (first === undefined) throw new Error("no replica");
  first.isSuspended = true;
  await simulation.run((5 * DAY) / MINUTE);
  const before = first.pair()?.fingerprint;
  first.isSuspended = false;
  await simulation.run(1);
  expect(first.pair()?.fingerprint).not.toBe(before);
  expect(first.problem()).toBeNull();
});

it("a machine that slept through a rotation and its leaf's end is not ready until it has another", async () => {
  const lifetimes = SHORT_LIFETIMES;
  const aheadMs = [0, -10 * MINUTE, 9 * MINUTE];
  const simulation = await createSimulation({ aheadMs, lifetimes, authorityAgeMs: 31 * HOUR, hasServerTime: false });
  await simulation.run(10);
  cutOff(simulation, true);
  await simulation.run(160);
  cutOff(simulation, false);
  const second = simulation.replicas[1];
  if (second === undefined) throw new Error("no replica");
  second.isSuspended = true;
  await simulation.run(180);
  second.isSuspended = false;
  await simulation.run(1);
  expect(second.problem()).toContain("less than a tenth of its life");
  await simulation.run(1);
  expect(second.problem()).toBeNull();
});

it("a tool that empties the caBundles every minute holds no rotation up", async () => {
  const simulation = await start(3);
  for (let minute = 0; minute < (3 * HOUR) / MINUTE; minute += 1) {
    simulation.damage((cluster) => cluster.setBundles(""));
    await simulation.run(1);
  }
  expect(secretWrites(simulation)).toMatchObject({ introduce: 1, promote: 1 });
  const serving = new Set(simulation.replicas.map(({ pair }) => pair()?.fingerprint));
  expect(serving.size).toBe(3);
  const switches = simulation.happenings.filter(({ event }) => event.kind === "leaf" && event.cause === "switch");
  expect(switches).toHaveLength(3);
});
