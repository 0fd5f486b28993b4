// The second way of a case: kata-thp explain, from argv to standard output and exit code.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";
import { main } from "../../src/main.ts";
import type { ExplanationEntry } from "../../src/cli/explanation.ts";
import type { CaseFiles } from "./case-cluster.ts";
import { podOf, requestOf } from "./case-request.ts";
import { type CorpusCase, NOW } from "./corpus-case.ts";
import { applyPatch, deepFreeze, type Outcome } from "./outcome.ts";

export interface Explained {
  readonly outcome: Outcome;
  readonly entry: ExplanationEntry;
  readonly exitCode: number;
}

/** Runs explain on the case's own pod.yaml; a review's pod is written to a file below `root` first. */
export async function byExplain(each: CorpusCase, files: CaseFiles, root: string): Promise<Explained> {
  const { dir, id, manifest, settings } = each;
  const isReview = manifest["kind"] === "AdmissionReview";
  const file = isReview ? join(root, id, "pod.json") : join(dir, "pod.yaml");
  if (isReview) await writeFile(file, JSON.stringify(podOf(each)));
  const argv = [
    "explain",
    `--filename=${file}`,
    `--namespace=${isReview ? requestOf(each).namespace : settings.namespace}`,
    "--output=json",
    `--now=${NOW}`,
    ...(files.policy === null ? [] : ["--policy", files.policy]),
    ...(files.snapshot === null ? [] : ["--snapshot", files.snapshot]),
    ...(settings.mode === null ? [] : ["--mode", settings.mode]),
  ];
  const { exitCode, stdout, stderr } = await captured(async () => await main(argv));
  let entries: readonly ExplanationEntry[];
  try {
    entries = JSON.parse(stdout) as ExplanationEntry[];
  } catch (cause) {
    throw new Error(`${id}: explain ended with ${exitCode} and printed\n${stdout}${stderr}`, { cause });
  }
  const [entry, second] = entries;
  if (entry === undefined || second !== undefined) throw new Error(`${id}: ${entries.length} workloads`);
  const { decision, patch, warnings } = entry;
  const pod = applyPatch(deepFreeze(podOf(each)), patch);
  return { outcome: { decision, patch, warnings, pod }, entry, exitCode };
}

/** Runs a command of this process and takes what it writes. One at a time: the streams are the process's. */
async function captured(
  run: () => Promise<number>,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      written[name] += chunk.toString();
      return true;
    }),
  );
  try {
    return { exitCode: await run(), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
