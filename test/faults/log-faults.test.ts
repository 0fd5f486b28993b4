// The log cannot be written: admission goes on.
import { closeSync, openSync } from "node:fs";
import { Agent } from "node:https";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { reviewOf } from "../support/running-server.ts";
import { type ServedOptions, type ServedProcess, startServed } from "./served-process.ts";

const LOST = "kata_thp_log_lines_lost_total";
/** More lines than wait in memory and in a pipe. */
const MANY = 4_000;

async function start(options: ServedOptions): Promise<ServedProcess> {
  const server = await startServed(options);
  onTestFinished(async () => server.remove());
  return server;
}

/** Sends so many reviews, eight at a time; resolves with how many were answered with a patch. */
async function patchedOf(server: ServedProcess, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let patched = 0;
  let left = count;
  const send = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { status, body } = await server.review(reviewOf(), agent);
      if (status === 200 && body.includes('"patch":')) patched += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
  agent.destroy();
  return patched;
}

async function endOf(server: ServedProcess): Promise<number | string> {
  server.child.kill("SIGTERM");
  return await server.ended;
}

it("a full disk costs lines, which are counted, and no admission", async () => {
  const full = openSync("/dev/full", "w");
  const server = await start({ stderr: full, stdout: full });
  closeSync(full);

  expect(await patchedOf(server, 200)).toBe(200);
  await expect.poll(async () => await server.sample(LOST)).toBeGreaterThan(0);
  expect(await endOf(server)).toBe(0);
});

it("a pipe that nobody reads costs the lines that do not fit, and no admission; whoever reads then is told how many", async () => {
  const server = await start({ stderr: "pipe" });
  expect(await patchedOf(server, MANY)).toBe(MANY);
  const lost = await server.sample(LOST);
  expect(lost).toBeGreaterThan(0);

  let told = 0;
  const lines = createInterface(server.child.stderr as NodeJS.ReadableStream);
  lines.on("line", (line) => {
    const { msg, lines: count = 0 } = JSON.parse(line) as { readonly msg: string; readonly lines?: number };
    if (msg.startsWith("log lines were lost")) told += count;
  });
  await expect.poll(async () => (await patchedOf(server, 1)) * told, { timeout: 10_000 }).toBeGreaterThanOrEqual(lost);
  expect(told).toBe(await server.sample(LOST));
  expect(await endOf(server)).toBe(0);
}, 60_000);

it("a pipe that nobody reads does not keep the process from ending", async () => {
  const server = await start({ stderr: "pipe", flags: ["--log-level=trace"] });
  await patchedOf(server, 500); // 64 KiB fit in a pipe

  expect(await endOf(server)).toBe(0);
});

it("a reader that went away costs lines, and no admission", async () => {
  const server = await start({ stderr: "pipe" });
  server.child.stderr?.destroy();

  expect(await patchedOf(server, 200)).toBe(200);
  await expect.poll(async () => await server.sample(LOST)).toBeGreaterThan(0);
  expect(await endOf(server)).toBe(0);
});
