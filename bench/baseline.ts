// The committed ratios, and whether this run is worse than they say. Pure but for reading and writing the file.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CellName, type Contender, type Machine, ratioOf, type Results } from "./figures.ts";
import type { Ratio } from "./statistics.ts";

export const BASELINE_FILE: string = join(import.meta.dirname, "baseline.json");

export interface Baseline {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** By `CELL FIGURE/CONTENDER`; ours against that contender. */
  readonly ratios: Readonly<Record<string, Ratio>>;
}

export interface Change {
  readonly name: string;
  readonly before: number;
  /** null: not measured now. */
  readonly now: number | null;
  /** How much worse, as a part; negative where it is better. */
  readonly worseBy: number;
  /** By how much worse it may look with nothing changed. */
  readonly allowance: number;
  readonly isRegression: boolean;
}

const FIGURES = ["requestsPerSecond", "p99Us", "cpuUs"] as const;
/** (b) is there without Go, and d1 is what we are held against. */
const AGAINST = ["parse", "raw"] as const satisfies readonly Contender[];

/**
 * What a run's own scatter does not show: the same code on the same machine an hour later. A margin that was chosen and
 * not measured.
 */
const BETWEEN_RUNS = 0.1;
/** From 95 % of one comparison to all some fifty of them at once: three standard errors in place of 1.96. */
const ALL_AT_ONCE = 1.53;

/** The ratios of a run that later ones are compared with. */
export function baselineOf({ date, machine, rounds, cells }: Results): Baseline {
  const entries = Object.keys(cells).flatMap((cell) =>
    FIGURES.flatMap((figure) =>
      AGAINST.flatMap((against): [string, Ratio][] => {
        const ratio = ratioOf(cells[cell as CellName], figure, against);
        const { value, noise } = ratio ?? { value: 0, noise: 0 };
        return ratio === null
          ? []
          : [[`${cell} ${figure}/${against}`, { value: rounded(value), noise: rounded(noise) }]];
      }),
    ),
  );
  return { date, machine, rounds, ratios: Object.fromEntries(entries) };
}

/** Every ratio of the baseline's, held against this run's. One that is missing now is no regression, and is told. */
export function compare(before: Baseline, now: Baseline): Change[] {
  return Object.entries(before.ratios).map(([name, old]): Change => {
    const fresh = now.ratios[name];
    if (fresh === undefined) {
      return { name, before: old.value, now: null, worseBy: 0, allowance: 0, isRegression: false };
    }
    const isMoreBetter = name.includes(" requestsPerSecond/");
    const worseBy = isMoreBetter ? old.value / fresh.value - 1 : fresh.value / old.value - 1;
    const allowance = BETWEEN_RUNS + ALL_AT_ONCE * Math.hypot(old.noise, fresh.noise);
    return { name, before: old.value, now: fresh.value, worseBy, allowance, isRegression: worseBy > allowance };
  });
}

/** null where none is committed yet. */
export async function readBaseline(file: string = BASELINE_FILE): Promise<Baseline | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Baseline;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`${file} cannot be read: write it anew with --update-baseline`, { cause: error });
  }
}

export async function writeBaseline(baseline: Baseline, file: string = BASELINE_FILE): Promise<void> {
  await writeFile(file, `${JSON.stringify(baseline, null, 2)}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
