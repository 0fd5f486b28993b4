/**
 * node test/live/measure.ts [NODES] [CLASSES]      default 5000 and 200; wants some minutes and the test control plane
 *
 * Fills a real API server and prints, for `serve` as the image runs it and for a reader of it in a process of its own (bundled, as in the image): time to be
 * synced, RSS, and the longest time for which a list held the event loop. Beside it an idle process measures what of
 * that is the machine's: API server, etcd and reader share its cores.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startControlPlane } from "../apiserver/control-plane/start.ts";
import { openApiWriter } from "./api-writer.ts";
import { measureServer } from "./measured-server.ts";
import { fill, writeServiceAccount } from "./filled-cluster.ts";

const RELISTS = "6";
const IDLE = `
  const delay = require("node:perf_hooks").monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on("SIGTERM", () => {
    const ms = (of) => (of / 1e6).toFixed(1);
    console.log("idle process beside it: event loop delay max " + ms(delay.max) + " ms, p99 " + ms(delay.percentile(99)));
    process.exit(0);
  });
  setInterval(() => {}, 1000);
`;

const [nodes = 5_000, classes = 200] = process.argv.slice(2).map(Number);
const plane = await startControlPlane();
const dir = await mkdtemp(join(tmpdir(), "kata-thp-measure-"));
try {
  const writer = await openApiWriter(plane.access.kubeconfigPath, 16);
  await fill(writer, nodes, classes);
  await writeServiceAccount(writer, plane.access, dir);
  writer.close();
  await build({
    entryPoints: [join(import.meta.dirname, "measured-reader.ts")],
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    minify: true,
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  const reader = join(dir, "measured-reader.mjs");
  await measureServer(plane.access, dir);
  await measure("in-cluster", [reader, plane.access.url, dir, RELISTS]);
  await measure("in-cluster, small young generation", [
    "--max-semi-space-size=4",
    reader,
    plane.access.url,
    dir,
    RELISTS,
  ]);
  await measure("kubeconfig", [reader, plane.access.kubeconfigPath, "", RELISTS]);
} finally {
  await plane.stop();
  await rm(dir, { recursive: true });
}

async function measure(what: string, args: readonly string[]): Promise<void> {
  console.log(`${what}:`);
  const idle = spawn(process.execPath, ["-e", IDLE], { stdio: ["ignore", "inherit", "inherit"] });
  const reader = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(reader, "exit")) as [number | null];
  idle.kill();
  await once(idle, "exit");
  if (code !== 0) throw new Error(`the reader ended with ${code}`);
}
