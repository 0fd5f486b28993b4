import { parseArgs } from "node:util";

export const USAGE = `node bench/run.ts [FLAGS]

Measures our server beside node:https and controller-runtime, on one core each, against a real kube-apiserver.

  --quick             under a minute: does it run, and are all answers right? No speed is judged
  --rounds N          rounds, each with every contender (default: 7)
  --seconds S         how long one contender is measured in one cell of one round (default: 1)
  --without-nodes     leave out the part with 5,000 nodes (about two minutes)
  --json FILE         write all figures there
  --update-baseline   write bench/baseline.json instead of comparing with it
  --write-docs        write docs/performance.md
  -h, --help

Exit code: 0 when every goal is reached and nothing is slower than the baseline, 1 when not or where an answer is
wrong, 2 for bad flags or a machine on which it cannot run.`;

export interface BenchFlags {
  readonly kind: "bench";
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly withNodes: boolean;
  readonly json: string | null;
  readonly updateBaseline: boolean;
  readonly writeDocs: boolean;
}

export type ParsedBenchFlags =
  | BenchFlags
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly error: string };

/** The scatter of fewer says nothing. */
const FEWEST_KEPT = 5;

export function parseBenchFlags(argv: readonly string[]): ParsedBenchFlags {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: "boolean", default: false },
        rounds: { type: "string" },
        seconds: { type: "string" },
        "without-nodes": { type: "boolean", default: false },
        json: { type: "string" },
        "update-baseline": { type: "boolean", default: false },
        "write-docs": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { kind: "help" };
  const { quick } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 7));
  const seconds = Number(values.seconds ?? (quick ? 0.2 : 1));
  if (!Number.isInteger(rounds) || rounds < 1) return invalid("--rounds has to be a whole number from 1 on");
  if (!(seconds >= 0.1 && seconds <= 60)) return invalid("--seconds has to be a number from 0.1 to 60");
  if (quick && (values["update-baseline"] || values["write-docs"]))
    return invalid("--quick measures too little for --update-baseline and --write-docs");
  if (rounds < FEWEST_KEPT && (values["update-baseline"] || values["write-docs"]))
    return invalid(
      `--update-baseline and --write-docs want --rounds ${FEWEST_KEPT} or more: noise comes from the rounds`,
    );
  return {
    kind: "bench",
    quick,
    rounds,
    seconds,
    withNodes: !quick && !values["without-nodes"],
    json: values.json ?? null,
    updateBaseline: values["update-baseline"],
    writeDocs: values["write-docs"],
  };
}

function invalid(error: string): ParsedBenchFlags {
  return { kind: "invalid", error };
}
