// A year with one replica, every minute of it.
import { expect, it } from "vitest";
import { find, secretWrites } from "./rotation-history.ts";
import { DAY, HOUR, MINUTE } from "./simulated-time.ts";
import { createSimulation } from "./simulation.ts";
import { certificatesIn } from "./served-truth.ts";

it("serves a leaf that the caBundle takes at every minute of a year", { timeout: 60_000 }, async () => {
  const simulation = await createSimulation({ aheadMs: [0] });
  await simulation.run((365 * DAY) / MINUTE);

  expect(secretWrites(simulation)).toEqual({ create: 1, introduce: 1, promote: 1, drop: 1, forget: 1 });
  const leaves = simulation.happenings.flatMap(({ at, event }) => (event.kind === "leaf" ? [{ at, ...event }] : []));
  for (const { at, notAfter } of leaves) expect(notAfter.getTime()).toBeLessThanOrEqual(at + 7 * DAY);
  const renewedAfter = leaves.slice(1).map(({ at }, index) => at - (leaves[index]?.at ?? 0));
  for (const [index, ms] of renewedAfter.entries()) {
    // Two thirds of seven days and the hour back, to the minute; sooner where another CA came in between.
    if (leaves[index + 1]?.cause === "renew") expect(ms).toBeGreaterThan(4 * DAY + 15 * HOUR);
    expect(ms).toBeLessThanOrEqual(4 * DAY + 15 * HOUR + 41 * MINUTE);
  }
});

it("rotates its CA after two thirds of its year, slowly", async () => {
  const authorityAgeMs = 240 * DAY;
  const simulation = await createSimulation({ aheadMs: [0], authorityAgeMs });
  const begin = simulation.now() - authorityAgeMs;
  await simulation.run((45 * DAY) / MINUTE, 5);
  const [introduced, promoted, switched, dropped] = [
    find(simulation, "secret", "introduce"),
    find(simulation, "secret", "promote"),
    find(simulation, "leaf", "switch"),
    find(simulation, "secret", "drop"),
  ];
  expect((introduced.at - begin) / DAY).toBeCloseTo((365 * 2) / 3, 1);
  expect(promoted.at - introduced.at).toBeGreaterThanOrEqual(MINUTE);
  expect(switched.at - introduced.at).toBeGreaterThanOrEqual(MINUTE);
  // 30 days in which a replica without the API server may still sign with the old one, and a day for the clocks.
  expect((dropped.at - promoted.at) / DAY).toBeCloseTo(31, 1);
  const bundle = simulation.cluster.webhooks()?.[0]?.caBundle ?? "";
  expect(certificatesIn(bundle)).toHaveLength(1);
});
