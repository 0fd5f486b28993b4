/**
 * node bench/run.ts [--quick]      npm run bench; --help tells its flags
 *
 * Wants Linux, Go and the test control plane (npx node test/apiserver/control-plane/get.ts builds it).
 */
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startControlPlane } from "../test/apiserver/control-plane/start.ts";
import { writeServiceAccount } from "../test/live/filled-cluster.ts";
import { openApiWriter } from "../test/live/api-writer.ts";
import { baselineOf, BASELINE_FILE, compare, readBaseline, writeBaseline } from "./baseline.ts";
import { addClassPair, addNodes, addOtherClasses, writeServerCertificate } from "./cluster.ts";
import { type Contender, CONTENDERS, type NodesFigures, type Results } from "./figures.ts";
import { type BenchFlags, parseBenchFlags, USAGE } from "./flags.ts";
import { buildGoPrograms, type GoPrograms } from "./go-programs.ts";
import { commit, describeMachine, pin } from "./machine.ts";
import * as measure from "./measure.ts";
import { type OurCommand, prepareOurs } from "./ours.ts";
import { renderPage } from "./page.ts";
import { reachLines } from "./reach.ts";
import type { BenchServer, Ground } from "./servers.ts";
import { busiestClient, changesText, figureTables, processTable, reachTable } from "./table.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCS = join(ROOT, "docs/performance.md");
const NODES = 5_000;
const CLASSES = 200;
/** Of the whole machine, over a minute. */
const QUIET_LOAD = 0.5;
/** Above it the load generator may be what is measured. */
const BUSY_CLIENT = 0.85;
const say = (line: string): void => console.error(line);

const parsed = parseBenchFlags(process.argv.slice(2));
if (parsed.kind === "help") console.log(USAGE);
else if (parsed.kind === "invalid") fail(2, `${parsed.error}; --help tells the flags`);
else process.exitCode = await bench(parsed);

async function bench(flags: BenchFlags): Promise<number> {
  const machine = describeMachine();
  let go: GoPrograms;
  try {
    go = await buildGoPrograms();
  } catch (error) {
    return fail(2, `the load generator cannot be built: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (go.webhook === null) say(`LEFT OUT: both Go servers, so no goal against them is reached: ${go.why}`);
  if (machine.loadBefore > QUIET_LOAD)
    say(`NOT QUIET: the load average is ${machine.loadBefore} before anything began`);
  const pinning = pin();
  if (!pinning.isPinned) say("NOT PINNED: there is no taskset or no second core, so speeds mean little here");
  const dir = await mkdtemp(join(tmpdir(), "kata-thp-bench-"));
  // Also after a Ctrl-C; what was started ends by itself then (guarded-process.ts).
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const plane = await startControlPlane({
    // Nodes that are ready at once, without a kubelet; ServiceAccount wants a controller-manager.
    apiserverFlags: ["--disable-admission-plugins=ServiceAccount,TaintNodesByCondition"],
  });
  const servers: BenchServer[] = [];
  const writer = await openApiWriter(plane.access.kubeconfigPath, 16);
  let opened: OurCommand | null = null;
  try {
    await addClassPair(writer);
    await addNodes(writer, 0, 1);
    await writeServiceAccount(writer, plane.access, dir);
    await writeServerCertificate(plane.access, dir);
    const ours = await prepareOurs(plane.access, dir);
    opened = ours;
    if (ours.way === "kubeconfig") say("ours is not in-cluster but on a kubeconfig: a mount namespace needs root");
    const webhook = go.webhook ?? "";
    const raw = await bundleRaw(dir);
    const ground: Ground = {
      dir,
      client: go.client,
      pinning: pinning.server,
      env: (contender) => ({
        PATH: process.env["PATH"],
        HOME: dir,
        ...(contender === "raw" || contender === "ops" ? {} : ours.env),
      }),
      command: (contender, port) =>
        contender === "ours"
          ? [...ours.command, "--port", String(port)]
          : contender === "raw" || contender === "ops"
            ? [webhook, "-style", contender, "-port", String(port), "-certs", dir]
            : [process.execPath, raw, contender, String(port), dir],
    };
    const plan: measure.Plan = {
      ...(flags.quick ? measure.QUICK : measure.FULL),
      contenders: contendersFor(go),
      rounds: flags.rounds,
      seconds: flags.seconds,
    };
    const starts = await measure.measureStarts(ground, plan, say);
    const processes = await measure.measureMemory(ground, plan, starts, servers, say);
    const problems = await measure.checkAnswers(servers, await readFile(join(dir, "ca.crt"), "utf8"));
    if (problems.length > 0) return fail(1, `WRONG ANSWERS\n${problems.join("\n")}`);
    const cells = await measure.measureRounds(servers, plan, say);
    let withNodes: NodesFigures | null = null;
    if (flags.withNodes) {
      say(`making ${NODES} nodes and ${CLASSES} RuntimeClasses`);
      await addOtherClasses(writer, CLASSES);
      await addNodes(writer, 1, NODES);
      const cluster = { nodes: NODES, classes: CLASSES };
      const measured = await measure.measureWithNodes(ground, plan, servers, cluster, say);
      withNodes = measured.withNodes;
      cells["5000 nodes"] = measured.cell;
    }
    return await judge(flags, {
      date: new Date().toISOString(),
      machine: {
        ...machine,
        go: go.webhook === null ? null : go.version,
        kubernetes: plane.access.kubeVersion,
        commit: commit(ROOT),
        isPinned: pinning.isPinned,
      },
      rounds: flags.rounds,
      seconds: flags.seconds,
      reviews: plan.reviews,
      cells,
      processes,
      withNodes,
    });
  } finally {
    for (const server of servers) await server.stop();
    opened?.close();
    writer.close();
    await plane.stop();
  }
}

/** Prints, writes what was asked for, and says how it went. */
async function judge(flags: BenchFlags, results: Results): Promise<number> {
  if (flags.json !== null) await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`${figureTables(results)}\n\n${processTable(results)}\n`);
  if (flags.quick) {
    console.log("All answers are right. Nothing is said about speed: this was --quick.");
    return 0;
  }
  const client = busiestClient(results);
  console.log(`the load generator was at most busy ${client.text}`);
  if (client.busy > BUSY_CLIENT) say("LOAD GENERATOR TOO BUSY: the fastest servers are faster than they look");
  const lines = reachLines(results);
  console.log(`${reachTable(lines)}\n`);
  if (flags.writeDocs) await writeFile(DOCS, renderPage(results, lines));
  const missed = lines.filter(({ isMet, isRecord }) => !isMet && !isRecord);
  const now = baselineOf(results);
  const before = flags.updateBaseline ? null : await readBaseline();
  if (flags.updateBaseline) await writeBaseline(now);
  else if (before === null) say(`${BASELINE_FILE} is not there: --update-baseline writes it`);
  const changes = before === null ? [] : compare(before, now);
  if (before !== null) console.log(`${changesText(changes)}\n`);
  for (const { name } of missed) console.log(`NOT REACHED: ${name}`);
  return missed.length > 0 || changes.some(({ isRegression }) => isRegression) ? 1 : 0;
}

/** As JavaScript, since stripping types costs a program some MB and a tenth of a second. */
async function bundleRaw(dir: string): Promise<string> {
  const outfile = join(dir, "raw-https.mjs");
  await build({ entryPoints: [join(import.meta.dirname, "raw-https.ts")], outfile, format: "esm", platform: "node" });
  return outfile;
}

function contendersFor({ webhook }: GoPrograms): Contender[] {
  return CONTENDERS.filter((name) => webhook !== null || (name !== "raw" && name !== "ops"));
}

function fail(code: number, why: string): number {
  console.error(`bench: ${why}`);
  process.exitCode = code;
  return code;
}
