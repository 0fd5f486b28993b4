// Random lives: damages, crashes, restarts, outages, sleeping machines and lost writes, in any order and at any minute.
import fc from "fast-check";
import { expect, it } from "vitest";
import { bundleDamages, makeStrangers, secretDamages } from "./damages.ts";
import type { Fate } from "./memory-cluster.ts";
import { secretWrites, trust } from "./rotation-history.ts";
import { type SimulatedReplica } from "./simulated-process.ts";
import { HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation, SHORT_LIFETIMES, type Simulation } from "./simulation.ts";

const strangers = await makeStrangers(Date.parse("2026-01-01T00:00:00Z"));
const damages = { ...secretDamages(strangers), ...bundleDamages(strangers) };

type Fault =
  | { readonly kind: "damage"; readonly name: string }
  /** The Secret as it was a while ago, as from a backup. */
  | { readonly kind: "backup" }
  | { readonly kind: "strike"; readonly replica: number; readonly fate: Fate }
  | { readonly kind: "restart"; readonly replica: number }
  | { readonly kind: "restart all" }
  | { readonly kind: "cut off" | "sleep"; readonly replica: number; readonly minutes: number }
  | { readonly kind: "outage"; readonly minutes: number }
  | { readonly kind: "clock"; readonly replica: number; readonly aheadMinutes: number };

interface Planned {
  /** After the fault before. */
  readonly afterMinutes: number;
  readonly fault: Fault;
}

const anyReplica = fc.nat({ max: 2 });
const someMinutes = fc.integer({ min: 1, max: 180 });
const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("damage" as const), name: fc.constantFrom(...Object.keys(damages)) }),
  },
  fc.constant({ kind: "backup" as const }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("strike" as const),
      replica: anyReplica,
      fate: fc.constantFrom<Fate>("hang", "die", "lose", "refuse"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), replica: anyReplica }) },
  fc.constant({ kind: "restart all" as const }),
  fc.record({ kind: fc.constantFrom("cut off" as const, "sleep" as const), replica: anyReplica, minutes: someMinutes }),
  fc.record({ kind: fc.constant("outage" as const), minutes: someMinutes }),
  fc.record({
    kind: fc.constant("clock" as const),
    replica: anyReplica,
    aheadMinutes: fc.integer({ min: -10, max: 9 }),
  }),
);
const schedule: fc.Arbitrary<readonly Planned[]> = fc.array(
  fc.record({ afterMinutes: fc.oneof(fc.constant(0), fc.nat({ max: 5 }), fc.nat({ max: 120 })), fault: anyFault }),
  { minLength: 1, maxLength: 12 },
);

it("keeps every claim in any life, and comes to rest", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      schedule,
      fc.constantFrom(1, 2, 3),
      fc.boolean(),
      fc.nat(),
      async (plan, count, hasServerTime, seed) => {
        const simulation = await createSimulation({
          aheadMs: [0, -10 * MINUTE, 9 * MINUTE].slice(0, count),
          lifetimes: SHORT_LIFETIMES,
          authorityAgeMs: 31 * HOUR,
          hasServerTime,
          seed,
        });
        await simulation.run(10);
        for (const { afterMinutes, fault: next } of plan) {
          await simulation.run(afterMinutes);
          await apply(next, simulation);
        }
        for (const one of simulation.replicas) one.strike = null;
        await comesToRest(simulation);
      },
    ),
    { numRuns: 40 },
  );
});

async function apply(fault: Fault, simulation: Simulation): Promise<void> {
  const { replicas } = simulation;
  const chosen = "replica" in fault ? (replicas[fault.replica % replicas.length] as SimulatedReplica) : null;
  switch (fault.kind) {
    case "damage":
      simulation.damage(damages[fault.name] ?? (() => {}));
      break;
    case "backup": {
      const data = simulation.cluster.secret()?.data ?? null;
      await simulation.run(90);
      simulation.damage((cluster) => cluster.setSecret(data));
      break;
    }
    case "strike":
      if (chosen !== null) strikeOnce(chosen, fault.fate);
      break;
    case "restart":
      chosen?.restart();
      break;
    case "restart all":
      for (const one of replicas) one.restart();
      break;
    case "cut off":
      await during(simulation, fault.minutes, (isOn) => void (chosen !== null && (chosen.isCutOff = isOn)));
      break;
    case "sleep":
      await during(simulation, fault.minutes, (isOn) => void (chosen !== null && (chosen.isSuspended = isOn)));
      break;
    case "outage":
      await during(simulation, fault.minutes, (isOn) => {
        for (const one of replicas) one.isCutOff = isOn;
      });
      break;
    case "clock":
      if (chosen !== null) chosen.aheadMs = fault.aheadMinutes * MINUTE;
      break;
    default:
      fault satisfies never;
  }
}

async function during(simulation: Simulation, minutes: number, set: (isOn: boolean) => void): Promise<void> {
  set(true);
  await simulation.run(minutes);
  set(false);
}

/** The next write of that replica. */
function strikeOnce(replica: SimulatedReplica, fate: Fate): void {
  replica.strike = (operation) => {
    if (operation === "readSecret" || operation === "readWebhooks") return "pass";
    replica.strike = null;
    return fate;
  };
}

/** After the last fault nobody repairs anything for ever, and what was adopted goes. */
async function comesToRest(simulation: Simulation): Promise<void> {
  await simulation.run(10);
  const before = { ...secretWrites(simulation) };
  await simulation.run((11 * HOUR) / MINUTE, 10);
  const after = secretWrites(simulation);
  for (const cause of ["create", "restore", "adopt"]) expect(after[cause], cause).toBe(before[cause]);
  const { agreed, trusted } = trust(simulation);
  expect(trusted).toEqual(agreed);
  for (const { problem } of simulation.replicas) expect(problem()).toBeNull();
}
