import { expect, it, onTestFinished } from "vitest";
import { createLoopLateness, watchLoop } from "../../src/server/loop-watch.ts";
import { post } from "../support/https-client.ts";
import { reviewOf, startServer } from "../support/running-server.ts";

/** Ticks after these pauses; what is said after each. */
function after(pausesMs: readonly number[]): readonly boolean[] {
  let nowMs = 0;
  const lateness = createLoopLateness(
    () => nowMs,
    () => {},
    { everyMs: 100, lateMs: 500 },
  );
  return pausesMs.map((pauseMs) => {
    nowMs += pauseMs;
    lateness.tick();
    return lateness.isLate();
  });
}

it.each<[string, readonly number[], readonly boolean[]]>([
  ["punctual", [100, 101, 100], [false, false, false]],
  ["one long pause", [100, 5_000, 100], [false, false, false]],
  ["two just under the bound", [599, 599], [false, false]],
  ["two in a row, and the first that is in time again", [600, 600, 100], [false, true, false]],
  ["late, in time, late", [600, 100, 600], [false, false, false]],
])("%s", (_, pauses, expected) => {
  expect(after(pauses)).toEqual(expected);
});

/** Blocks this thread. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

it("tells a real loop that was blocked twice, and that it is in time again", async () => {
  const changes: boolean[] = [];
  const back = Promise.withResolvers<void>();
  const loop = watchLoop((isLate) => {
    changes.push(isLate);
    if (!isLate) back.resolve();
  });
  onTestFinished(() => loop.close());
  for (let time = 0; time < 2; time += 1) {
    block(650);
    await turn();
    await turn();
  }
  expect(loop.isLate()).toBe(true);
  await back.promise;
  expect(changes).toEqual([true, false]);
});

it("sends a review away for a second while the loop is late, and answers it then", async () => {
  const server = await startServer();
  const statuses: (number | string | undefined)[][] = [];
  const ask = async (): Promise<void> => {
    const { status, headers } = await post({ ...server, path: "/mutate/enforce", body: reviewOf() });
    statuses.push([status, headers["retry-after"]]);
  };
  // Client and server share this loop: each of the server's turns is late for as long as it is blocked.
  const blocking = setInterval(() => block(620), 1);
  await ask();
  await ask();
  clearInterval(blocking);
  expect(statuses).toContainEqual([503, "1"]);
  await expect.poll(() => server.lines.map(({ msg }) => msg)).toContain("the event loop is in time again");
  await ask();
  expect(statuses.at(-1)).toEqual([200, undefined]);
}, 60_000);
