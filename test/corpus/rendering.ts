// UPDATE=1: expected.yaml anew for every case.
import { mutate } from "../../src/admission/mutate.ts";
import { VERSION } from "../../src/version.ts";
import type { ReadyCase } from "./case-cluster.ts";
import { modeOf, podOf, reviewOf } from "./case-request.ts";
import { byEngine } from "./engine-way.ts";
import { byExplain } from "./explain-way.ts";
import { canGo } from "./left-out.ts";
import { type Outcome, updateExpected } from "./outcome.ts";

/**
 * Renders every case where the environment says UPDATE=1. A wrong decision is rendered as well, and fails all the same:
 * what a case says by hand in cluster.yaml is not rendered. Test files that run side by side write the same text.
 */
export async function renderIfAsked(cases: readonly ReadyCase[], root: string): Promise<void> {
  if (process.env["UPDATE"] !== "1") return;
  for (const ready of cases) await updateExpected(ready.each, await rendered(ready, root));
}

/** The outcome by the first way that the case can go. */
async function rendered({ each, files, cluster }: ReadyCase, root: string): Promise<Outcome> {
  if (canGo(each, cluster, "engine")) return await byEngine(each, cluster);
  if (canGo(each, cluster, "explain")) return (await byExplain(each, files, root)).outcome;
  const body = Buffer.from(JSON.stringify(reviewOf(each)));
  const { policy, reader } = cluster;
  const { decision } = await mutate([body], modeOf(each, cluster) ?? "enforce", null, {
    policy,
    reader,
    version: VERSION,
  });
  if (decision === null) throw new Error(`${each.id}: the review could not be read`);
  // What is answered without the engine has no patch; way 3 compares the answer itself.
  return { decision, patch: [], warnings: [], pod: podOf(each) };
}
