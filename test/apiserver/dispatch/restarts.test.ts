// A few rounds of what restarts.ts does at length.
import { expect, it } from "vitest";
import { runRestarts } from "./restart-rounds.ts";

const ROUNDS = 3;

it(`answers right while the API server is killed ${ROUNDS} times, and knows what is new within 10 s`, async () => {
  const lines: string[] = [];

  const report = await runRestarts(ROUNDS, (line) => lines.push(line));

  expect(report.wrong).toEqual([]);
  expect(report.rounds).toHaveLength(ROUNDS);
  // Asked all the time: some dozen times while there was no API server.
  expect(report.answers).toBeGreaterThan(100);
  for (const { backMs } of report.rounds) expect(backMs).toBeLessThan(10_000);
  console.log(lines.join("\n"));
}, 120_000);
