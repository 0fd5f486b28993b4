// Way 1 of 3: every case through the engine; and what is written by hand, and the rules of writing, for all of them.
import { expect, test } from "vitest";
import { REASONS } from "../../src/engine/reasons.ts";
import { modeOf, podOf } from "./case-request.ts";
import { corpusFolder, goingBy, readRuns } from "./corpus-runs.ts";
import { byEngine } from "./engine-way.ts";
import { seenAs } from "./expectation.ts";
import { withoutVersion } from "./outcome.ts";

const runs = await readRuns(corpusFolder());

for (const { id, each, cluster, expected } of goingBy("engine", runs)) {
  test(id, async () => {
    const outcome = await byEngine(each, cluster);
    expect(withoutVersion(outcome)).toEqual(expected);
  });
}

for (const { id, each, cluster, expected } of runs) {
  test(`${id}: expected.yaml is as cluster.yaml says by hand`, () => {
    const { expect: said } = each.settings;
    expect(seenAs(said, each.folder, expected)).toEqual(said);

    // What is written follows from the decision, whatever the case.
    const { decision, patch, pod } = expected;
    const mode = modeOf(each, cluster) ?? "enforce";
    const reasons = decision.findings.filter(({ severity }) => severity === "blocks").map(({ reason }) => reason);
    if (mode === "observe" || reasons.some((reason) => REASONS[reason].kind === "scope")) {
      expect({ patch, pod }).toEqual({ patch: [], pod: podOf(each) });
      return;
    }
    const annotations = (pod as { metadata?: { annotations?: Record<string, string> } }).metadata?.annotations ?? {};
    const { annotatePatched, annotateSkipped } = cluster.policy.status;
    const isPatched = decision.kind === "patch";
    expect(Object.hasOwn(annotations, "kata-thp.dev/status")).toBe(isPatched && annotatePatched);
    expect(annotations["kata-thp.dev/skipped"]).toBe(
      !isPatched && annotateSkipped ? [...new Set(reasons)].join(",") : undefined,
    );
  });
}
