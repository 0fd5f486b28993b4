// Fuzzes for as long as is said, each target in turn:
//
//   npm run fuzz -- [--minutes N] [--seed S] [--target NAME]
//
// Prints the seed that repeats it. An input that breaks something is made as small as it goes and written to
// test/fuzz/regressions/TARGET, where `npm test` checks it from then on; exit code 1.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { FILES } from "./file-targets.ts";
import { type FuzzTarget, regressionFolder } from "./fuzz-target.ts";
import { REVIEWS } from "./review-target.ts";

/** So many inputs with one seed, then the next target. */
const RUNS = 1_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: `${Date.now() % 2 ** 31}` },
    target: { type: "string" },
  },
});
const targets = [REVIEWS, ...FILES].filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  throw new Error(`--target ${values.target}: allowed are ${[REVIEWS, ...FILES].map(({ name }) => name).join(", ")}`);
}
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0`);

const end = performance.now() + minutes * 60_000;
const inputs = new Map<string, number>();
let seed = Number(values.seed);
console.log(`seed ${seed}`);
do {
  for (const target of targets) await fuzz(target, seed);
  seed += 1;
} while (performance.now() < end);
console.log([...inputs].map(([name, count]) => `${name}: ${count} inputs`).join("\n"));

async function fuzz(target: FuzzTarget, from: number): Promise<void> {
  const property = fc.asyncProperty(target.inputs, async (input) => await target.check(input));
  const result = await fc.check(property, { seed: from, numRuns: RUNS, interruptAfterTimeLimit: 120_000 });
  inputs.set(target.name, (inputs.get(target.name) ?? 0) + result.numRuns);
  const [input] = result.counterexample ?? [];
  if (input === undefined) return;
  const folder = regressionFolder(target);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `seed-${from}.${target.extension}`);
  await writeFile(file, input);
  console.error(`${target.name}, seed ${from}: ${String(result.errorInstance)}\nwritten to ${file}`);
  process.exitCode = 1;
}
