// The run itself: starts, memory, rounds, and once more with thousands of nodes known.
import { setTimeout as delay } from "node:timers/promises";
import { answerProblem } from "./answers.ts";
import {
  type CellName,
  CONNECTIONS,
  type Contender,
  type Measured,
  type NodesFigures,
  type ProcessFigures,
} from "./figures.ts";
import { memoryMb } from "./machine.ts";
import { REVIEW_SIZES } from "./reviews.ts";
import { type BenchServer, type Ground, startServer } from "./servers.ts";
import { median, rotated } from "./statistics.ts";

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly seconds: number;
  readonly starts: number;
  /** Reviews after which memory is looked at. */
  readonly reviews: number;
  /** How long a server is left alone before its memory is called idle. */
  readonly idleMs: number;
  readonly connections: readonly number[];
}

type Thoroughness = Pick<Plan, "starts" | "reviews" | "idleMs" | "connections">;
export const FULL: Thoroughness = { starts: 7, reviews: 50_000, idleMs: 5_000, connections: CONNECTIONS };
export const QUICK: Thoroughness = { starts: 1, reviews: 1_000, idleMs: 500, connections: [1, 16] };

/** As the API server's own dialling under load. */
const HANDSHAKE_CONNECTIONS = 16;
const MEMORY_CONNECTIONS = 16;
/** Nodes change all the time; lists and their garbage are done by then. */
const SETTLE_MS = 20_000;

type Say = (line: string) => void;
export type Cells = Partial<Record<CellName, Partial<Record<Contender, Measured[]>>>>;

/** Exec to the first answer, `plan.starts` times each, one after the other in rotated order; nothing else runs. */
export async function measureStarts(ground: Ground, plan: Plan, say: Say): Promise<Map<Contender, BenchServer[]>> {
  const starts = new Map<Contender, BenchServer[]>(plan.contenders.map((name) => [name, []]));
  // Not counted: it fills the page cache.
  for (const name of plan.contenders) await (await startServer(ground, name)).stop();
  for (let round = 0; round < plan.starts; round += 1) {
    for (const name of rotated(plan.contenders, round)) {
      const server = await startServer(ground, name);
      starts.get(name)?.push(server);
      await server.stop();
    }
  }
  for (const [name, all] of starts)
    say(`${name}: first answer ${Math.round(median(all.map((each) => each.firstAnswerMs)))} ms after exec`);
  return starts;
}

/** Starts every contender for good (into `servers`, whoever ends them), and looks at its memory before and after its first load. */
export async function measureMemory(
  ground: Ground,
  plan: Plan,
  starts: ReadonlyMap<Contender, readonly BenchServer[]>,
  servers: BenchServer[],
  say: Say,
): Promise<Partial<Record<Contender, ProcessFigures>>> {
  const processes: Partial<Record<Contender, ProcessFigures>> = {};
  for (const name of plan.contenders) {
    const server = await startServer(ground, name);
    servers.push(server);
    await delay(plan.idleMs);
    const idle = await memoryMb(server.pid);
    await server.send("6k", MEMORY_CONNECTIONS, plan.reviews);
    const loaded = await memoryMb(server.pid);
    const all = starts.get(name) ?? [];
    processes[name] = {
      firstAnswerMs: all.map((each) => each.firstAnswerMs),
      firstPatchMs: all.map((each) => each.firstPatchMs),
      idleMb: idle.rss,
      loadedMb: loaded.rss,
    };
    say(`${name}: ${idle.rss.toFixed(0)} MB idle, ${loaded.rss.toFixed(0)} MB after ${plan.reviews} reviews`);
  }
  return processes;
}

/** What is wrong with the servers' answers; each is asked once for each size. */
export async function checkAnswers(servers: readonly BenchServer[], ca: string): Promise<string[]> {
  const problems: string[] = [];
  for (const { contender, port } of servers) {
    for (const size of REVIEW_SIZES) problems.push((await answerProblem(contender, port, ca, size)) ?? "");
  }
  return problems.filter((problem) => problem !== "");
}

/** Every round has every cell, and every cell each contender right after the other, in an order that changes. */
export async function measureRounds(servers: readonly BenchServer[], plan: Plan, say: Say): Promise<Cells> {
  const cells: Cells = {};
  const loads = REVIEW_SIZES.flatMap((size) => plan.connections.map((connections) => ({ size, connections })));
  for (let round = 0; round < plan.rounds; round += 1) {
    const inOrder = rotated(servers, round);
    for (const { size, connections } of loads) {
      for (const server of inOrder)
        note(cells, `${size} c${connections}`, server, await server.load(size, connections, plan.seconds));
    }
    for (const server of inOrder)
      note(cells, "handshakes", server, await server.handshakes(HANDSHAKE_CONNECTIONS, plan.seconds));
    say(`round ${round + 1} of ${plan.rounds}`);
  }
  return cells;
}

/** Ours, new, in a cluster that is full by now; `parse` runs beside it as the measure of the machine. */
export async function measureWithNodes(
  ground: Ground,
  plan: Plan,
  servers: readonly BenchServer[],
  cluster: Pick<NodesFigures, "nodes" | "classes">,
  say: Say,
): Promise<{ withNodes: NodesFigures; cell: Partial<Record<Contender, Measured[]>> }> {
  const parse = servers.find(({ contender }) => contender === "parse") as BenchServer;
  // The one of before has what it learned while they came; a new one lists them all at once.
  await servers.find(({ contender }) => contender === "ours")?.stop();
  const ours = await startServer(ground, "ours");
  await delay(SETTLE_MS);
  if (!(await ours.log()).includes("watching nodes")) throw new Error(`ours: not synced after ${SETTLE_MS / 1000} s`);
  const settled = await memoryMb(ours.pid);
  await ours.send("6k", MEMORY_CONNECTIONS, plan.reviews);
  const loaded = await memoryMb(ours.pid);
  const cells: Cells = {};
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const server of rotated([ours, parse], round))
      note(cells, "5000 nodes", server, await server.load("6k", 16, plan.seconds));
  }
  await ours.stop();
  say(`ours with ${cluster.nodes} nodes: ${settled.rss.toFixed(0)} MB, ${loaded.rss.toFixed(0)} MB after load`);
  const withNodes = { ...cluster, rssMb: settled.rss, peakMb: loaded.peak, loadedMb: loaded.rss };
  return { withNodes, cell: cells["5000 nodes"] ?? {} };
}

function note(cells: Cells, name: CellName, { contender }: BenchServer, measured: Measured): void {
  const cell = (cells[name] ??= {});
  (cell[contender] ??= []).push(measured);
}
