// What is to be reached. A line that could not be measured is not reached.
import { type CellName, type Contender, type Measured, ratioOf, type Results } from "./figures.ts";
import { median, type Ratio } from "./statistics.ts";

export interface ReachLine {
  readonly name: string;
  readonly want: "at least" | "at most";
  readonly bound: number;
  /** "×" for a ratio, else MB or ms. */
  readonly unit: "×" | "MB" | "ms";
  /** null: not measured. */
  readonly value: number | null;
  /** Of ratios. */
  readonly noise: number | null;
  readonly isMet: boolean;
  /** What to go for beyond the goal: told, and no failure. */
  readonly isRecord: boolean;
}

type Figure = Exclude<keyof Measured, "clientBusy">;
type RatioGoal = readonly [CellName, ReachLine["want"], number];

const SPEED: readonly RatioGoal[] = [
  ["6k c1", "at least", 4],
  ["6k c16", "at least", 7],
  ["6k c64", "at least", 5],
  ["60k c1", "at least", 10],
  ["60k c16", "at least", 12],
];
const TAIL: readonly RatioGoal[] = [
  ["6k c1", "at most", 0.25],
  ["6k c16", "at most", 0.2],
  ["6k c64", "at most", 0.25],
  ["60k c1", "at most", 0.2],
  ["60k c16", "at most", 0.1],
];
/** Every cell in which the server's core is busy. */
const CPU: readonly CellName[] = ["6k c1", "6k c4", "6k c16", "6k c64", "60k c1", "60k c4", "60k c16", "60k c64"];
const RECORD: readonly RatioGoal[] = [
  ["6k c16", "at least", 10],
  ["60k c16", "at least", 20],
];
/** A tenth is what one machine differs from itself between two runs. */
const SAME = 0.9;

/** Every goal with what this run has of it, in the order in which they are shown. */
export function reachLines(results: Results): ReachLine[] {
  const ratio = (what: string, figure: Figure, against: Contender, [cell, want, bound]: RatioGoal): ReachLine => {
    const measured = ratioOf(results.cells[cell], figure, against);
    return ofRatio(`${cell}: ${what}`, want, bound, measured);
  };
  const ours = results.processes.ours;
  const record = RECORD.map((goal) => ratio("requests/s against d1", "requestsPerSecond", "raw", goal));
  return [
    ...SPEED.map((goal) => ratio("requests/s against d1", "requestsPerSecond", "raw", goal)),
    ...TAIL.map((goal) => ratio("p99 against d1", "p99Us", "raw", goal)),
    ...CPU.map((cell) => ratio("CPU per review against (b)", "cpuUs", "parse", [cell, "at most", 1.4])),
    ratio("new connections/s against d2", "requestsPerSecond", "ops", ["handshakes", "at least", 1.1]),
    amount("memory idle", 80, "MB", ours?.idleMb),
    amount("memory after 50,000 reviews", 110, "MB", ours?.loadedMb),
    amount("memory with 5,000 nodes known", 150, "MB", results.withNodes?.rssMb),
    amount("exec to first answer", 300, "ms", ours && median(ours.firstAnswerMs)),
    ofRatio("requests/s against (b), with 5,000 nodes to without", "at least", SAME, withNodesRatio(results)),
    ...record.map((line) => ({ ...line, name: `record: ${line.name}`, isRecord: true })),
  ];
}

/** What the nodes cost: our lead on (b) with them known, as a part of our lead without. */
function withNodesRatio({ cells }: Results): Ratio | null {
  const without = ratioOf(cells["6k c16"], "requestsPerSecond", "parse");
  const known = ratioOf(cells["5000 nodes"], "requestsPerSecond", "parse");
  if (without === null || known === null) return null;
  return { value: known.value / without.value, noise: Math.hypot(known.noise, without.noise) };
}

function ofRatio(name: string, want: ReachLine["want"], bound: number, ratio: Ratio | null): ReachLine {
  const value = ratio?.value ?? null;
  const isMet = value !== null && (want === "at least" ? value >= bound : value <= bound);
  return { name, want, bound, unit: "×", value, noise: ratio?.noise ?? null, isMet, isRecord: false };
}

function amount(name: string, bound: number, unit: "MB" | "ms", value: number | null | undefined): ReachLine {
  const isMet = value != null && value <= bound;
  return { name, want: "at most", bound, unit, value: value ?? null, noise: null, isMet, isRecord: false };
}
