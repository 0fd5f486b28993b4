// The shape of a run's results, as --json writes them and the committed baseline has its ratios.
import { type Ratio, pairedRatio } from "./statistics.ts";
import type { ReviewSize } from "./reviews.ts";

/** In the order in which they are shown. */
export const CONTENDERS = ["constant", "parse", "ours", "raw", "ops"] as const;
export type Contender = (typeof CONTENDERS)[number];

export const CONTENDER_TEXT: Readonly<Record<Contender, string>> = {
  constant: "(a) node:https, a constant",
  parse: "(b) node:https, JSON.parse",
  ours: "(c) kata-thp-webhook",
  raw: "(d1) controller-runtime, PatchResponseFromRaw",
  ops: "(d2) controller-runtime, operations by hand",
};

export const CONNECTIONS = [1, 4, 16, 64] as const;

/** What one contender did in one round of one cell. */
export interface Measured {
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** CPU time of the server's process for each review, all its threads. */
  readonly cpuUs: number;
  /** The part of a core that the load generator took; near 1 it is the generator that was measured. */
  readonly clientBusy: number;
}

/** A size and a number of connections, or new connections with one 6 KB review each. */
export type CellName = `${ReviewSize} c${number}` | "handshakes" | "5000 nodes";

/** For each contender one figure a round, all of the same length. */
export type Cell = Readonly<Partial<Record<Contender, readonly Measured[]>>>;

export interface ProcessFigures {
  /** Milliseconds from exec, one for each start. */
  readonly firstAnswerMs: readonly number[];
  /** The first answer that patches; for our server that is with the cluster's facts. */
  readonly firstPatchMs: readonly number[];
  /** Resident memory, MB (10^6 bytes). */
  readonly idleMb: number;
  readonly loadedMb: number;
}

export interface NodesFigures {
  readonly nodes: number;
  readonly classes: number;
  /** MB, settled after everything is listed; at most from exec on; after 50,000 reviews more. */
  readonly rssMb: number;
  readonly peakMb: number;
  readonly loadedMb: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly node: string;
  readonly go: string | null;
  readonly kubernetes: string;
  readonly commit: string;
  /** Load average over one minute before the run: what else ran. */
  readonly loadBefore: number;
  readonly isPinned: boolean;
}

export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** After how many memory was looked at; --quick sends few. */
  readonly reviews: number;
  readonly cells: Readonly<Partial<Record<CellName, Cell>>>;
  readonly processes: Readonly<Partial<Record<Contender, ProcessFigures>>>;
  readonly withNodes: NodesFigures | null;
}

/** Ours against another one's; null where one of both was not measured. */
export function ratioOf(
  cell: Cell | undefined,
  figure: Exclude<keyof Measured, "clientBusy">,
  against: Contender,
): Ratio | null {
  const ours = cell?.ours;
  const theirs = cell?.[against];
  if (ours === undefined || theirs === undefined || ours.length === 0) return null;
  return pairedRatio(
    ours.map((each) => each[figure]),
    theirs.map((each) => each[figure]),
  );
}
