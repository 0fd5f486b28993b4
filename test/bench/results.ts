// A run's results with round figures, to be changed by a test.
import type { Cell, CellName, Contender, Measured, Results } from "../../bench/figures.ts";

/** A cell in which each contender did the same in every round: requests/s, p99 in µs, CPU in µs. */
export function cell(by: Readonly<Partial<Record<Contender, readonly [number, number, number]>>>, rounds = 5): Cell {
  return Object.fromEntries(
    Object.entries(by).map(([name, [requestsPerSecond, p99Us, cpuUs]]) => {
      const measured: Measured = { requestsPerSecond, p50Us: p99Us / 2, p99Us, maxUs: p99Us, cpuUs, clientBusy: 0.3 };
      return [name, Array.from({ length: rounds }, () => measured)];
    }),
  );
}

const LOADS = ["6k c1", "6k c4", "6k c16", "6k c64", "60k c1", "60k c4", "60k c16", "60k c64"] as const;

/** Every goal is reached, and the records with it. */
export function goodResults(): Results {
  const good = cell({ ours: [20_000, 100, 130], parse: [25_000, 80, 100], raw: [1_000, 2_000, 1_000] });
  const cells: Partial<Record<CellName, Cell>> = Object.fromEntries(LOADS.map((name) => [name, good]));
  const started = { firstAnswerMs: [250, 200, 900], firstPatchMs: [260, 210, 910] };
  return {
    date: "2026-11-23T12:00:00.000Z",
    machine: {
      cpu: "Some CPU",
      cores: 2,
      memoryMb: 8_000,
      kernel: "6.1",
      node: "v24.21.0",
      go: "go1.26.8",
      kubernetes: "v1.37.2",
      commit: "0000000",
      loadBefore: 0.1,
      isPinned: true,
    },
    rounds: 5,
    seconds: 1,
    reviews: 50_000,
    cells: {
      ...cells,
      handshakes: cell({ ours: [1_200, 900, 700], parse: [1_300, 900, 600], ops: [1_000, 900, 900] }),
      "5000 nodes": cell({ ours: [19_000, 100, 140], parse: [25_000, 80, 100] }),
    },
    processes: {
      ours: { ...started, idleMb: 79, loadedMb: 109 },
      raw: { ...started, idleMb: 30, loadedMb: 37 },
    },
    withNodes: { nodes: 5_000, classes: 200, rssMb: 149, peakMb: 190, loadedMb: 155 },
  };
}
