// Way 3 of 3: every case as a review over HTTPS.
import { afterAll, expect, test } from "vitest";
import { modeOf, podOf, reviewOf } from "./case-request.ts";
import { corpusFolder, goingBy, readRuns } from "./corpus-runs.ts";
import { startCorpusServer } from "./https-way.ts";
import { withoutVersion } from "./outcome.ts";

const runs = await readRuns(corpusFolder());
const server = await startCorpusServer();
afterAll(() => server.close());

for (const { id, each, cluster, expected } of goingBy("https", runs)) {
  test(id, async () => {
    const { decision, patch, warnings, pod } = expected;
    const answer = await server.ask(each, cluster, podOf(each));

    const { uid } = reviewOf(each)["request"] as { readonly uid: string };
    expect(answer).toMatchObject({ uid, allowed: true, patchType: patch.length === 0 ? null : "JSONPatch" });
    const seen = { decision, patch: answer.patch, warnings: answer.warnings, pod: answer.pod };
    expect(withoutVersion(seen)).toEqual({ decision, patch, warnings: warnings.map(asCut), pod });

    const reasons = [...new Set(decision.findings.map(({ reason }) => reason))].join(",");
    expect(answer.audit).toEqual({
      mode: modeOf(each, cluster),
      decision: decision.kind,
      ...(decision.kind === "patch" ? { selection: decision.selection } : {}),
      ...(reasons === "" ? {} : { reasons }),
      ...(decision.kind === "skip" && decision.putBack !== null ? { "put-back": reasons } : {}),
    });

    const again = await server.ask(each, cluster, answer.pod);
    expect(again.patch, "a second call changes nothing").toEqual([]);
  });
}

/** The API server takes 256 runes of each warning (webhook-facts, response rules). */
function asCut(warning: string): string {
  const runes = Array.from(warning);
  return runes.length > 256 ? `${runes.slice(0, 255).join("")}…` : warning;
}
