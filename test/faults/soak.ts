// Reviews of mixed shapes into the bundled server, and whether its heap stays flat:
//
//   npm run soak -- [REVIEWS]        (default 500000; 20000 suits a CI run)
//
// The heap is what is left after a full garbage collection, looked at ten times after a warm-up of a fifth of the
// reviews: so long V8 compiles what the rarer shapes make hot, and code is in the heap too. Exit code 1 where it grew by
// more than 5 %, or a review was answered otherwise than it must be.
import { makeBundle } from "./bundle.ts";
import type { MemoryAnswer } from "./on-demand.ts";
import { type ServedProcess, startServed } from "./served-process.ts";
import { createShapes, sendShapes } from "./soak-shapes.ts";

const LOOKS = 10;
const WARM_UP = 0.2;
const MOST_GROWTH = 0.05;
const ON_DEMAND = new URL("on-demand.ts", import.meta.url).href;

const reviews = Number(process.argv[2] ?? 500_000);
if (!Number.isInteger(reviews) || reviews < 1_000) throw new Error(`${process.argv[2]}: a whole number from 1000`);

const bundle = await makeBundle();
const server = await startServed({
  entry: bundle.entry,
  env: bundle.env,
  nodeFlags: ["--import", ON_DEMAND, "--max-old-space-size=128"],
});
try {
  const shapes = createShapes();
  let wrong = await sendShapes(server, shapes, Math.round(reviews * WARM_UP));
  const first = await memory(server);
  print("warm", first);
  const heaps: number[] = [];
  let sent = 0;
  for (let look = 1; look <= LOOKS; look += 1) {
    const upTo = Math.round((reviews * look) / LOOKS);
    wrong += await sendShapes(server, shapes, upTo - sent);
    sent = upTo;
    const now = await memory(server);
    heaps.push(now.heapUsed);
    print(`${sent} reviews`, now);
  }
  const growth = Math.max(...heaps) / first.heapUsed - 1;
  const counted = await server.sample("kata_thp_internal_errors_total");
  console.log(
    `${sent} reviews of ${shapes.length} shapes: heap ${(growth * 100).toFixed(1)} % at most over that after the warm-up, ` +
      `${wrong} answered wrongly, ${counted} internal errors`,
  );
  if (growth > MOST_GROWTH || wrong > 0 || counted > 0) process.exitCode = 1;
} finally {
  await server.remove();
  await bundle.remove();
}

async function memory({ child }: ServedProcess): Promise<MemoryAnswer> {
  return await new Promise((resolve) => {
    child.once("message", (answer) => resolve(answer as MemoryAnswer));
    child.send("memory");
  });
}

function print(when: string, { heapUsed, compiled, external, rss }: MemoryAnswer): void {
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(2);
  console.log(
    `${when}: heap ${mib(heapUsed)} MiB (compiled code ${mib(compiled)}), external ${mib(external)} MiB, RSS ${mib(rss)} MiB`,
  );
}
