// What a well-behaved client has to wait while others attack, each kind on a fresh server:
//
//   npx node test/faults/hostile-clients.ts [CLIENTS] [REVIEWS] [KIND ...]
//
// Exit code 1 where one of its reviews was not answered with the patch.
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { startAttack } from "./attacker.ts";
import { ATTACKS, type AttackName, clientsOf } from "./hostile-attacks.ts";
import { makeBundle } from "./bundle.ts";
import { type ServedProcess, startServed } from "./served-process.ts";
import { sendReviews, type Served } from "./well-behaved.ts";

const [clients = 300, reviews = 2_000] = process.argv.slice(2, 4).map(Number);
const only = process.argv.slice(4);
const CONNECTIONS = 4;
/** Long enough for every client to stand in the way: slow bodies lose their places only after a second. */
const SETTLE_MS = 2_000;

/** Less than the chart gives, which is half of the pod's memory limit. */
const NODE_FLAGS = ["--max-old-space-size=128"];

const bundle = await makeBundle();
let failed = 0;
await measure(null);
for (const attack of ATTACKS) if (only.length === 0 || only.includes(attack)) await measure(attack);
await bundle.remove();
process.exitCode = failed > 0 ? 1 : 0;

async function measure(name: AttackName | null): Promise<void> {
  const server = await startServed({ entry: bundle.entry, env: bundle.env, nodeFlags: NODE_FLAGS });
  try {
    await sendReviews(server, 500, CONNECTIONS); // warms it up
    const count = name === null ? 0 : clientsOf(name, clients);
    const attack = name === null ? null : startAttack(name, count, server);
    if (attack !== null) await delay(SETTLE_MS);
    const served = await sendReviews(server, reviews, CONNECTIONS);
    const memory = await mostMiB(server);
    const met = (await attack?.stop()) ?? "";
    failed += served.failed;
    print(name === null ? "nobody" : `${count} × ${name}`, served, memory, met);
  } finally {
    await server.remove();
  }
}

function print(who: string, { failed: lost, retried, p50Ms, p99Ms, mostMs }: Served, rss: number, met: string): void {
  console.log(
    `${who}: ${reviews} reviews, ${lost} failed, ${retried} sent again, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ` +
      `longest ${mostMs} ms; at most ${rss} MiB${met === "" ? "" : `; they met: ${met}`}`,
  );
}

/** The most that it ever had. */
async function mostMiB({ child, ended }: ServedProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server is gone: ${await ended}`);
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
