// All cases with their files written and read, for one test file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { readyCase, type ReadyCase } from "./case-cluster.ts";
import { loadCases } from "./corpus-case.ts";
import { canGo, type Way } from "./left-out.ts";
import { type Outcome, readExpected } from "./outcome.ts";
import { renderIfAsked } from "./rendering.ts";

export interface CaseRun extends ReadyCase {
  /** What expected.yaml says. */
  readonly expected: Outcome;
}

/** A folder for the test file's own files, which is gone after its tests. */
export function corpusFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kata-thp-corpus-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every case, ready to be run; `root` gets a folder for each. */
export async function readRuns(root: string): Promise<readonly CaseRun[]> {
  const cases = await loadCases();
  const ready = await Promise.all(cases.map(async (each) => await readyCase(each, root)));
  await renderIfAsked(ready, root);
  return await Promise.all(ready.map(async (each) => ({ ...each, expected: await readExpected(each.each) })));
}

/** The cases that go this way. */
export function goingBy(way: Way, runs: readonly CaseRun[]): readonly CaseRun[] {
  return runs.filter(({ each, cluster }) => canGo(each, cluster, way));
}
