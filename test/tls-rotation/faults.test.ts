// The claims of simulation.ts hold at every minute, whatever happens at whichever step of a rotation.
import { expect, it } from "vitest";
import { bundleDamages, makeStrangers, secretDamages } from "./damages.ts";
import { runUntil, secretWrites, trust } from "./rotation-history.ts";
import { HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation, SHORT_LIFETIMES, type Simulation } from "./simulation.ts";

const strangers = await makeStrangers(Date.parse("2026-01-01T00:00:00Z"));
const damages = { ...secretDamages(strangers), ...bundleDamages(strangers) };

/** Where a rotation stands when something happens. */
const moments = ["steady", "introduced", "promoted", "dropped"] as const;
type Moment = (typeof moments)[number];

const cases: readonly { readonly replicas: number; readonly moment: Moment }[] = [
  ...moments.map((moment) => ({ replicas: 3, moment })),
  { replicas: 1, moment: "steady" },
  { replicas: 1, moment: "promoted" },
];

/** An hour before the CA is old enough to be replaced. */
async function start(replicas: number, seed = 1): Promise<Simulation> {
  const aheadMs = [0, -10 * MINUTE, 9 * MINUTE].slice(0, replicas);
  return await createSimulation({ aheadMs, lifetimes: SHORT_LIFETIMES, seed, authorityAgeMs: 31 * HOUR });
}

async function runTo(simulation: Simulation, moment: Moment): Promise<void> {
  if (moment === "steady") await simulation.run(30);
  if (moment === "introduced") await runUntil(simulation, "secret", "introduce");
  if (moment === "promoted") await runUntil(simulation, "secret", "promote");
  if (moment === "dropped") await runUntil(simulation, "secret", "drop");
}

/** Long enough for whatever was adopted to be dropped. */
async function settle(simulation: Simulation): Promise<void> {
  await simulation.run(60);
  await simulation.run((10 * HOUR) / MINUTE, 10);
  const before = { ...secretWrites(simulation) };
  await simulation.run(60);
  const after = secretWrites(simulation);
  // Nobody restores, adopts or creates for ever.
  for (const cause of ["create", "restore", "adopt"]) expect(after[cause], cause).toBe(before[cause]);
  // Somebody always remembers the CA.
  expect(after["create"]).toBeUndefined();
  // And what was adopted has gone again.
  const { agreed, trusted } = trust(simulation);
  expect(trusted).toEqual(agreed);
}

it.each(cases)("takes any damage, $moment, $replicas replicas", async ({ replicas, moment }) => {
  for (const [name, damage] of Object.entries(damages)) {
    try {
      const simulation = await start(replicas);
      await runTo(simulation, moment);
      simulation.damage(damage);
      await settle(simulation);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
});
