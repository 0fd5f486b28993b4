// One thing that is fuzzed: the inputs, and what has to hold for each. An input is bytes, so that any can be a file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Arbitrary } from "fast-check";

export interface FuzzTarget {
  readonly name: string;
  /** Of files that hold an input. */
  readonly extension: string;
  readonly inputs: Arbitrary<Buffer>;
  /** Rejects where something does not hold. */
  check(input: Buffer): Promise<void>;
}

const REGRESSIONS = join(import.meta.dirname, "regressions");

/** Where an input that broke something is kept: each file there is checked by `npm test`, for ever. */
export function regressionFolder({ name }: FuzzTarget): string {
  return join(REGRESSIONS, name);
}

/** Names and bytes of the inputs that are kept. */
export function regressionsOf(target: FuzzTarget): readonly { readonly file: string; readonly input: Buffer }[] {
  const folder = regressionFolder(target);
  const files = readdirSync(REGRESSIONS).includes(target.name) ? readdirSync(folder) : [];
  return files.toSorted().map((file) => ({ file, input: readFileSync(join(folder, file)) }));
}
