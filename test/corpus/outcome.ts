// What comes out for a case, and the file expected.yaml that holds it.
import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import jsonPatch from "fast-json-patch";
import { parse, stringify } from "yaml";
import type { Decision } from "../../src/engine/decision.ts";
import type { Operation } from "../../src/engine/patch.ts";
import { VERSION } from "../../src/version.ts";
import type { CorpusCase } from "./corpus-case.ts";

export interface Outcome {
  readonly decision: Decision;
  readonly patch: readonly Operation[];
  /** Before they are cut to the API server's limits. */
  readonly warnings: readonly string[];
  /** The whole pod after the patch. */
  readonly pod: unknown;
}

/** The pod after the patch, applied strictly to a copy; `pod` itself stays frozen. */
export function applyPatch(pod: unknown, patch: readonly Operation[]): unknown {
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone(patch) as Operation[], true).newDocument;
}

/** Freezes a value and all that is in it: who writes to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) deepFreeze(each);
    Object.freeze(value);
  }
  return value;
}

/**
 * Our own version stands for itself as $VERSION, so that a release changes no case. A kept status has another one. Padding
 * is shortened to its first character and its length.
 */
export function withoutVersion(outcome: Outcome): Outcome {
  const text = JSON.stringify(outcome, (_key, value: unknown) =>
    typeof value === "string"
      ? value
          .replaceAll(`"version":"${VERSION}"`, '"version":"$VERSION"')
          .replaceAll(/(.)\1{999,}/gs, (run, one: string) => `${one}×${run.length}`)
      : value,
  );
  return JSON.parse(text) as Outcome;
}

const HEADER = "# Rendered by UPDATE=1 npx vitest run test/corpus; what must come out is said in cluster.yaml.\n";

export function renderOutcome(outcome: Outcome): string {
  return HEADER + stringify(withoutVersion(outcome), { lineWidth: 0, aliasDuplicateObjects: false });
}

export async function readExpected({ dir }: CorpusCase): Promise<Outcome> {
  return parse(await readFile(join(dir, "expected.yaml"), "utf8")) as Outcome;
}

/** Writes expected.yaml where it differs, whole or not at all: another test file may be reading it. */
export async function updateExpected({ dir }: CorpusCase, outcome: Outcome): Promise<void> {
  const file = join(dir, "expected.yaml");
  const text = renderOutcome(outcome);
  const before = await readFile(file, "utf8").catch(() => null);
  if (before === text) return;
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, text);
  await rename(partial, file);
}
