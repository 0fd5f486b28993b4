// What keeps the corpus whole: every reason has its cases, every case its three files, and nothing else lies about.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SELECTIONS } from "../../src/engine/policy.ts";
import { ALL_REASONS } from "../../src/engine/reasons.ts";
import { CASE_FILES, CASES, foldersIn } from "./corpus-case.ts";
import { corpusFolder, readRuns } from "./corpus-runs.ts";
import { canGo, LEFT_OUT, WAYS } from "./left-out.ts";

/** The folder of pods that are patched, for no reason of the list. */
const PATCHED = "Patched";

const runs = await readRuns(corpusFolder());
const cases = runs.map(({ each }) => each);

test("every folder is a reason of the engine's, or Patched, and every reason has a folder", async () => {
  expect(await foldersIn(CASES)).toEqual([...ALL_REASONS, PATCHED].toSorted());
});

for (const reason of ALL_REASONS) {
  test(`${reason} has at least three cases, one of them a near miss`, () => {
    const own = cases.filter(({ folder }) => folder === reason);
    expect(own.length).toBeGreaterThanOrEqual(3);
    const nearMisses = own.filter(({ isNearMiss }) => isNearMiss);
    expect(nearMisses.length).toBeGreaterThanOrEqual(1);
    for (const { id, isNearMiss, settings } of own) {
      const { blocks, degrades, not } = settings.expect;
      const found = [...blocks, ...degrades].includes(reason);
      expect({ id, not, found }).toEqual({ id, not: isNearMiss ? reason : null, found: !isNearMiss });
    }
  });
}

test("Patched has pods that are patched, by every selection", () => {
  const selections = cases.filter(({ folder }) => folder === PATCHED).map(({ settings }) => settings.expect.patched);
  expect(new Set(selections)).toEqual(new Set(SELECTIONS));
});

test("every case has exactly its three files, and there is no other file", async () => {
  const entries = await readdir(CASES, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => !each.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  const wanted = cases.flatMap(({ dir }) => CASE_FILES.map((file) => join(dir, file)));
  expect(files.toSorted()).toEqual([...wanted, join(CASES, "README.md")].toSorted());
});

test("every case says why, at the head of cluster.yaml", async () => {
  const texts = await Promise.all(
    cases.map(async ({ id, dir }) => ({ id, text: await readFile(join(dir, "cluster.yaml"), "utf8") })),
  );
  expect(texts.filter(({ text }) => !/^# why: \S.{20,}/.test(text)).map(({ id }) => id)).toEqual([]);
});

test("exactly the cases of the table are left out of a way", () => {
  const table = LEFT_OUT.flatMap(({ ways, cases: ids }) => ids.flatMap((id) => ways.map((way) => `${id} by ${way}`)));
  const cannotGo = runs.flatMap(({ id, each, cluster }) =>
    WAYS.filter((way) => !canGo(each, cluster, way)).map((way) => `${id} by ${way}`),
  );
  expect(cannotGo.toSorted()).toEqual(table.toSorted());
});

test("every case goes at least one way", () => {
  const nowhere = runs.filter(({ each, cluster }) => !WAYS.some((way) => canGo(each, cluster, way)));
  expect(nowhere.map(({ id }) => id)).toEqual([]);
});
