/**
 * node test/live/measure.ts [NODES] [CLASSES]      default 5000 and 200; wants some minutes and the test control plane
 *
 * Fills a real API server and prints, for a reader of it in a process of its own (bundled, as in the image): time to be
 * synced, RSS, and the longest time for which a list held the event loop. Beside it an idle process measures what of
 * that is the machine's: API server, etcd and reader share its cores.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startControlPlane } from "../apiserver/control-plane/start.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { CLASSES, NODES, runtimeClass } from "./objects.ts";
import { sampleNode } from "./sample-node.ts";

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
  await fill(writer);
  await writeServiceAccount(writer);
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

async function fill(writer: ApiWriter): Promise<void> {
  const startedMs = performance.now();
  const observedAt = new Date().toISOString();
  const names = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(5, "0")}`);
  await Promise.all(names.map(async (name) => writer.send("POST", NODES, sampleNode(name, observedAt))));
  const classNames = Array.from({ length: classes }, (_, index) => `class-${index}`);
  await Promise.all(classNames.map(async (name) => writer.send("POST", CLASSES, runtimeClass(name, `${name}-target`))));
  const { length } = JSON.stringify(await writer.send("GET", `${NODES}/${names[0]}`));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${nodes} Nodes of ${length} bytes and ${classes} RuntimeClasses are there after ${seconds} s`);
}

/** What the kubelet would mount into the webhook's pod. */
async function writeServiceAccount(writer: ApiWriter): Promise<void> {
  await copyFile(plane.access.caCertificatePath, join(dir, "ca.crt"));
  await writer.send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "webhook" } });
  await writer.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "webhook" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "webhook", namespace: "default" }],
  });
  const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 7_200 } };
  const path = "/api/v1/namespaces/default/serviceaccounts/webhook/token";
  const { status } = (await writer.send("POST", path, asked)) as { readonly status: { readonly token: string } };
  await writeFile(join(dir, "token"), status.token);
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
