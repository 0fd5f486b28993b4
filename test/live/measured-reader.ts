// The process that test/live/measure.ts looks at: a live reader and nothing else, which lists its Nodes again and again.
//   node measured-reader.js URL-OR-KUBECONFIG SERVICE-ACCOUNT-DIR RELISTS     prints one line of JSON for each list of Nodes
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openConnection } from "../../src/cluster/api-connection.ts";
import { openInCluster } from "../../src/cluster/in-cluster.ts";
import { createLiveReader } from "../../src/cluster/live-reader.ts";
import { placement } from "./objects.ts";

const [where = "", dir = "", relists = "5"] = process.argv.slice(2);
const startedMs = performance.now();
const opened = where.startsWith("https:")
  ? await openInCluster(
      { KUBERNETES_SERVICE_HOST: new URL(where).hostname, KUBERNETES_SERVICE_PORT: new URL(where).port },
      dir,
    )
  : await openConnection({ kubeconfig: where, context: null, env: {} });
if (opened.kind === "refused") throw new Error(opened.why);
const openedMs = performance.now();

/**
 * The longest that anything held the loop: as the wall has it, and in this thread's own time on a CPU, which is what is
 * ours of it. The timer runs in every turn that is longer than a millisecond.
 */
const delay = monitorEventLoopDelay({ resolution: 1 });
let longestTurnMs = 0;
let lastUsage = process.threadCpuUsage();
function turn(): void {
  const usage = process.threadCpuUsage();
  longestTurnMs = Math.max(longestTurnMs, (usage.user + usage.system - lastUsage.user - lastUsage.system) / 1000);
  lastUsage = usage;
}

const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
let lists = 0;
const live = createLiveReader({
  connection: opened.connection,
  userAgent: "kata-thp-webhook/measure",
  now: () => new Date(),
  // A watch of some seconds says nothing, and is followed by a list.
  maxStalenessMs: { runtimeclasses: 120_000, nodes: 8_000 },
  onEvent(event) {
    if (event.kind === "failed" || event.kind === "forbidden") throw new Error(JSON.stringify(event));
    if (event.kind !== "listed" || event.resource !== "nodes") return;
    const { heapUsed, rss } = process.memoryUsage();
    console.log(
      JSON.stringify({
        list: event.cause,
        objects: event.objects,
        pages: event.pages,
        listMs: Math.round(event.tookMs),
        ...(lists === 0
          ? { openMs: Math.round(openedMs - startedMs), syncMs: Math.round(performance.now() - openedMs) }
          : {}),
        rssMiB: mib(rss),
        heapMiB: mib(heapUsed),
        loopDelayMs: { max: ms(delay.max), p99: ms(delay.percentile(99)) },
        longestTurnCpuMs: Number(longestTurnMs.toFixed(1)),
      }),
    );
    delay.reset();
    longestTurnMs = 0;
    lists += 1;
    if (lists > Number(relists)) setImmediate(askAndEnd);
  },
});

function ms(nanoseconds: number): number {
  return Number((nanoseconds / 1e6).toFixed(1));
}

/** How long a placement takes that nobody has asked for since a node changed. */
function askAndEnd(): void {
  const askedMs = performance.now();
  for (let number = 0; number < 20; number += 1) live.reader.nodes(placement({ [`key-${number}`]: "value" }));
  console.log(JSON.stringify({ newPlacementMs: ms(((performance.now() - askedMs) * 1e6) / 20) }));
  void live.close().then(() => process.exit(0));
}

delay.enable();
setInterval(turn, 1);
live.start();
