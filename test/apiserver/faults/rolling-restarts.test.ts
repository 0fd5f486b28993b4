// A few rounds of what rolling.ts does at length.
import { expect, inject, it } from "vitest";
import { runRollingRestarts } from "./rolling-restarts.ts";

const ROUNDS = 3;

it(`loses no admission in ${ROUNDS} rolling restarts under load, with failurePolicy Fail`, async () => {
  const lines: string[] = [];

  const report = await runRollingRestarts(inject("controlPlane"), ROUNDS, (line) => lines.push(line));

  expect(report.failed).toEqual([]);
  expect(report.ends).toEqual(Array.from({ length: 2 * ROUNDS }, () => "exit code 0"));
  // Under load all the time.
  expect(report.admissions).toBeGreaterThan(100 * ROUNDS);
  // Replaced replicas closed their connections, and others were dialled.
  expect(report.connections).toBeGreaterThan(2 * ROUNDS);
  console.log(`${report.admissions} admissions, longest ${report.longestMs} ms\n${lines.join("\n")}`);
}, 180_000);
