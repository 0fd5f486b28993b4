// A process may end, or an answer may be lost, at any write: the others, or the next process, go on from there.
import { expect, it } from "vitest";
import type { Fate, Operation } from "./memory-cluster.ts";
import { secretWrites } from "./rotation-history.ts";
import { HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation, SHORT_LIFETIMES, type Simulation } from "./simulation.ts";

const fates = ["hang", "die", "lose", "refuse"] as const;
const cases = [1, 3].flatMap((replicas) => fates.map((fate) => ({ replicas, fate })));

/** Lets the write with that number, over all replicas, go wrong. Returns how many writes were tried by now. */
function strikeAt(simulation: Simulation, number: number, fate: Fate): () => number {
  let writes = 0;
  const strike = (operation: Operation): Fate => {
    if (operation === "readSecret" || operation === "readWebhooks") return "pass";
    writes += 1;
    return writes === number ? fate : "pass";
  };
  for (const replica of simulation.replicas) replica.strike = strike;
  return () => writes;
}

/** One life for every write in which that one goes wrong, until there is no such write. */
async function strikeEach(
  start: () => Promise<Simulation>,
  live: (simulation: Simulation) => Promise<void>,
  fate: Fate,
): Promise<readonly Simulation[]> {
  const lives: Simulation[] = [];
  for (let number = 1; ; number += 1) {
    const simulation = await start();
    const writes = strikeAt(simulation, number, fate);
    await live(simulation).catch((error: unknown) => {
      throw new Error(`write ${number}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    if (writes() < number) return lives;
    lives.push(simulation);
  }
}

it.each(cases)("a rotation goes on after one write: $fate, $replicas replicas", async ({ replicas, fate }) => {
  const lives = await strikeEach(
    async () =>
      await createSimulation({
        aheadMs: [0, -10 * MINUTE, 9 * MINUTE].slice(0, replicas),
        lifetimes: SHORT_LIFETIMES,
        authorityAgeMs: 31.5 * HOUR,
      }),
    async (simulation) => {
      await simulation.run(90);
      await simulation.run((9 * HOUR) / MINUTE, 10);
      await simulation.run(60);
    },
    fate,
  );
  // introduce, patch, promote, drop, patch, forget; three replicas lose some races besides.
  expect(lives.length).toBeGreaterThanOrEqual(6);
  for (const life of lives) {
    const bundles = life.cluster.webhooks()?.map(({ caBundle }) => caBundle) ?? [];
    expect(new Set(bundles).size).toBe(1);
    expect(secretWrites(life)["adopt"]).toBeUndefined();
  }
});

it.each(cases)("a first start goes on after one write: $fate, $replicas replicas", async ({ replicas, fate }) => {
  const lives = await strikeEach(
    async () => await createSimulation({ aheadMs: [0, 0, 0].slice(0, replicas), lifetimes: SHORT_LIFETIMES }),
    async (simulation) => await simulation.run(20),
    fate,
  );
  expect(lives.length).toBeGreaterThanOrEqual(2);
});
