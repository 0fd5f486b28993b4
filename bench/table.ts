// Figures as Markdown: what the terminal shows is what docs/performance.md says.
import {
  type Cell,
  type CellName,
  type Contender,
  CONTENDERS,
  CONTENDER_TEXT,
  type Measured,
  ratioOf,
  type Results,
} from "./figures.ts";
import type { Change } from "./baseline.ts";
import type { ReachLine } from "./reach.ts";
import { median } from "./statistics.ts";

const FIGURES = [
  { figure: "requestsPerSecond", title: "requests/s", digits: 0, scale: 1 },
  { figure: "p50Us", title: "median latency, ms", digits: 2, scale: 1e-3 },
  { figure: "p99Us", title: "p99 latency, ms", digits: 2, scale: 1e-3 },
  { figure: "cpuUs", title: "CPU of the server per review, µs", digits: 0, scale: 1 },
] as const;

/** Medians of the rounds; for ours also the ratio to each other contender, with its noise. */
export function figureTables({ cells }: Results): string {
  const names = Object.keys(cells) as CellName[];
  return FIGURES.map(({ figure, title, digits, scale }) => {
    const rows = CONTENDERS.filter((name) => names.some((cell) => cells[cell]?.[name] !== undefined)).map((name) => [
      CONTENDER_TEXT[name],
      ...names.map((cell) => medianText(cells[cell], name, figure, digits, scale)),
    ]);
    const ratios = (["parse", "raw", "ops"] as const).map((against) => [
      `ours / ${CONTENDER_TEXT[against].slice(0, CONTENDER_TEXT[against].indexOf(" "))}`,
      ...names.map((cell) => ratioText(cells[cell], figure, against)),
    ]);
    return `**${title}**\n\n${table(["", ...names], [...rows, ...ratios])}`;
  }).join("\n\n");
}

export function processTable({ processes, withNodes, reviews }: Results): string {
  const rows = CONTENDERS.flatMap((name) => {
    const figures = processes[name];
    if (figures === undefined) return [];
    const { firstAnswerMs, firstPatchMs, idleMb, loadedMb } = figures;
    return [
      [CONTENDER_TEXT[name], middle(firstAnswerMs), middle(firstPatchMs), idleMb.toFixed(0), loadedMb.toFixed(0)],
    ];
  });
  const head = [
    "",
    "exec to first answer, ms",
    "to first patch, ms",
    "idle, MB",
    `after ${thousands(reviews)} reviews, MB`,
  ];
  const nodes =
    withNodes === null
      ? ""
      : `\n\nOurs with ${withNodes.nodes} nodes and ${withNodes.classes} RuntimeClasses known: ` +
        `${withNodes.rssMb.toFixed(0)} MB settled, ${withNodes.loadedMb.toFixed(0)} MB after ${thousands(reviews)} reviews, ` +
        `${withNodes.peakMb.toFixed(0)} MB at most at any moment (VmHWM). MB is 10^6 bytes of resident memory.`;
  return table(head, rows) + nodes;
}

export function reachTable(lines: readonly ReachLine[]): string {
  const rows = lines.map(({ name, want, bound, unit, value, noise, isMet, isRecord }) => [
    name,
    `${want} ${bound}${unit === "×" ? "" : ` ${unit}`}`,
    value === null ? "not measured" : `${unit === "×" ? shortened(value) : value.toFixed(0)}${noiseText(noise)}`,
    isMet ? "yes" : isRecord ? "not yet" : "NO",
  ]);
  return table(["goal", "bound", "measured", "reached"], rows);
}

/** The regressions, and what the comparison was; a line where there is none. */
export function changesText(changes: readonly Change[]): string {
  const regressions = changes.filter(({ isRegression }) => isRegression);
  const missing = changes.filter(({ now }) => now === null).length;
  const lines = regressions.map(
    ({ name, before, now, worseBy, allowance }) =>
      `- ${name}: ${shortened(before)} → ${shortened(now ?? 0)}, ${percent(worseBy)} worse; noise explains ${percent(allowance)}`,
  );
  const counts = `${changes.length - missing} ratios compared with the baseline, ${missing} not measured now`;
  return [`${counts}, ${regressions.length} regressions`, ...lines].join("\n");
}

/** The busiest that the load generator was in any cell, as a part of its core, and where. */
export function busiestClient({ cells }: Results): { readonly busy: number; readonly text: string } {
  let most = { busy: 0, where: "" };
  for (const [cell, by] of Object.entries(cells)) {
    for (const [contender, rounds] of Object.entries(by ?? {})) {
      const busy = median((rounds ?? []).map(({ clientBusy }) => clientBusy));
      if (busy > most.busy) most = { busy, where: `${cell}, ${contender}` };
    }
  }
  return { busy: most.busy, text: `${percent(most.busy)} of a core (${most.where})` };
}

function medianText(
  cell: Cell | undefined,
  name: Contender,
  figure: keyof Measured,
  fraction: number,
  scale: number,
): string {
  const rounds = cell?.[name];
  return rounds === undefined ? "" : (median(rounds.map((each) => each[figure])) * scale).toFixed(fraction);
}

function ratioText(cell: Cell | undefined, figure: Exclude<keyof Measured, "clientBusy">, against: Contender): string {
  const ratio = ratioOf(cell, figure, against);
  return ratio === null ? "" : `${shortened(ratio.value)}×${noiseText(ratio.noise)}`;
}

function noiseText(noise: number | null): string {
  return noise === null ? "" : ` ± ${percent(noise)}`;
}

/** 50000 → 50,000 */
function thousands(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}

function shortened(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

function middle(values: readonly number[]): string {
  return median(values).toFixed(0);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
}
