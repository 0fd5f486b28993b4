// How the process ends, whatever made it: after a drain, with an exit code that says why.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { reviewOf } from "../support/running-server.ts";
import { type ServedProcess, startServed } from "./served-process.ts";

const ON_DEMAND = new URL("on-demand.ts", import.meta.url).href;
const DRAINING = "draining: requests are still served";

interface LoggedLine {
  readonly level: string;
  readonly msg: string;
  readonly error?: { readonly type: string; readonly message: string };
}

/** With its log as lines, each of which can be awaited. */
async function start(drainSeconds: number): Promise<{
  readonly server: ServedProcess;
  line(msg: string): Promise<LoggedLine>;
}> {
  const server = await startServed({
    stderr: "pipe",
    nodeFlags: ["--import", ON_DEMAND],
    flags: [`--drain-delay=${drainSeconds}`],
  });
  onTestFinished(async () => server.remove());
  const lines: LoggedLine[] = [];
  const reader = createInterface(server.child.stderr as NodeJS.ReadableStream);
  reader.on("line", (line) => lines.push(JSON.parse(line) as LoggedLine));
  return {
    server,
    async line(msg) {
      for (;;) {
        const found = lines.find((each) => each.msg === msg);
        if (found !== undefined) return found;
        await once(reader, "line");
      }
    },
  };
}

it.each([
  ["throw", "thrown where nobody catches"],
  ["reject", "rejected where nobody catches"],
])("an uncaught %s: logged, reviews answered while it drains, exit code 1", async (demand, message) => {
  const { server, line } = await start(1);
  server.child.send(demand);

  expect(await line("uncaught error: draining and ending")).toMatchObject({
    level: "fatal",
    error: { type: "RangeError", message },
  });
  await line(DRAINING);
  const { status, headers } = await server.review(reviewOf());
  expect([status, headers["connection"]]).toEqual([200, "close"]);
  expect(await server.ended).toBe(1);
});

it("SIGTERM twice: the second one ends it at once, with exit code 1", async () => {
  const { server, line } = await start(600);
  server.child.kill("SIGTERM");
  await line(DRAINING);
  // One that comes within half a second counts as an echo of the first.
  const again = setInterval(() => server.child.kill("SIGTERM"), 100);
  const code = await server.ended;
  clearInterval(again);

  expect(code).toBe(1);
});

it("SIGTERM once: drains for as long as it is told, and ends with 0", async () => {
  const { server, line } = await start(1);
  const from = performance.now();
  server.child.kill("SIGTERM");
  await line(DRAINING);

  expect((await server.review(reviewOf())).status).toBe(200);
  expect(await server.ended).toBe(0);
  expect(performance.now() - from).toBeGreaterThan(1_000);
});
