/**
 * npm run conformance -- FILE.jsonl…
 *
 * Puts every vector of the files through the tables of src/kata. Prints each disagreement, and last
 * `N of M agree, K undetermined`. Exits 1 if one disagrees or K is over a tenth of M, and 2 if it cannot read its input.
 */
import { readFileSync } from "node:fs";
import { checkVector } from "./agreement.ts";
import { parseVector, type Vector, VectorError } from "./vector.ts";

/** More than this share undetermined would be a way to agree with everything. */
const MOST_UNDETERMINED = 1 / 10;

interface PlacedVector extends Vector {
  /** file:line */
  readonly place: string;
}

/** A message for who called, without a stack. */
class InputError extends Error {}

function readVectors(file: string): PlacedVector[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`${file}: ${error instanceof Error ? error.message : "cannot be read"}`, { cause: error });
  }
  const vectors: PlacedVector[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `${file}:${index + 1}`;
    try {
      vectors.push({ ...parseVector(line), place });
    } catch (error) {
      if (!(error instanceof VectorError)) throw error;
      throw new InputError(`${place}: ${error.message}`, { cause: error });
    }
  }
  if (vectors.length === 0) throw new InputError(`${file}: has no vectors`);
  return vectors;
}

function run(files: readonly string[]): number {
  if (files.length === 0) throw new InputError("usage: npm run conformance -- FILE.jsonl…");
  const vectors = files.flatMap(readVectors);
  let agreed = 0;
  let undetermined = 0;
  for (const vector of vectors) {
    const agreement = checkVector(vector);
    if (agreement.kind === "agrees") agreed += 1;
    else if (agreement.kind === "undetermined") undetermined += 1;
    else {
      console.log(
        `${vector.place}: ${vector.name}\n  predicted ${agreement.predicted}\n  observed  ${agreement.observed}`,
      );
    }
  }
  console.log(`${agreed} of ${vectors.length} agree, ${undetermined} undetermined`);
  const hasDisagreement = agreed + undetermined < vectors.length;
  return hasDisagreement || undetermined > vectors.length * MOST_UNDETERMINED ? 1 : 0;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
