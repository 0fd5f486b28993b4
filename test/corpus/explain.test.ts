// Way 2 of 3: every case through kata-thp explain, from argv to exit code.
import { expect, test } from "vitest";
import { isTemplate, modeOf, requestOf } from "./case-request.ts";
import { corpusFolder, goingBy, readRuns } from "./corpus-runs.ts";
import { byExplain } from "./explain-way.ts";
import { withoutVersion } from "./outcome.ts";

const root = corpusFolder();

for (const { id, each, files, cluster, expected } of goingBy("explain", await readRuns(root))) {
  test(id, async () => {
    const { outcome, entry, exitCode } = await byExplain(each, files, root);
    expect(withoutVersion(outcome)).toEqual(expected);
    const mode = modeOf(each, cluster) ?? "enforce";
    expect(exitCode).toBe(expected.decision.kind === "patch" && mode === "enforce" ? 0 : 3);
    expect(entry).toMatchObject({ mode, source: { document: 0 } });
    if (!isTemplate(each)) expect(entry).toMatchObject({ kind: "Pod", namespace: requestOf(each).namespace });
  });
}
