// SIGTERM while `serve` starts. In the image node is PID 1, for which a signal without a handler does nothing at all.
import { execFileSync, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { endOnSignals } from "../../src/cli/early-signals.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT } from "./run-kata-thp.ts";

const HOOK = new URL("signal-while-loading.ts", import.meta.url).href;
const UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** What it takes to be PID 1 needs rights that not everybody has. */
function canBeFirst(): boolean {
  try {
    execFileSync(UNSHARE[0], [...UNSHARE.slice(1), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Ended {
  readonly code: number | string | null;
  readonly messages: readonly string[];
  readonly stderr: string;
}

/** Runs serve with a signal at that moment, until it ends, or listens in spite of it. */
async function serveWithSignal(prefix: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const serve = ["--import", HOOK, "src/main.ts", "serve", "--dev", "--port=0", "--metrics-port=0", "--drain-delay=0"];
  const [program = process.execPath, ...args] = [...prefix, process.execPath, ...serve];
  const folder = await temporaryFolder();
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], TMPDIR: folder, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let stderr = "";
  const messages: string[] = [];
  const lines = createInterface(child.stderr);
  lines.on("line", (line) => {
    stderr += `${line}\n`;
    const message = /"msg":"([^"]*)"/.exec(line)?.[1];
    if (message !== undefined) messages.push(message);
    // The signal was sent long ago: a server that gets here has lost it.
    if (message === "listening") child.kill("SIGKILL");
  });
  return { code: await ended, messages, stderr };
}

describe.each<[string, readonly string[], boolean]>([
  ["as PID 1", UNSHARE, !canBeFirst()],
  ["as any process", [], false],
])("a signal while serve starts, %s", (_, prefix, isLeftOut) => {
  it.skipIf(isLeftOut).each([
    ["SIGTERM", "the command is loaded", "/src/cli/serve.ts"],
    ["SIGINT", "the command is loaded", "/src/cli/serve.ts"],
    ["SIGTERM", "its certificate is made", "/src/tls/dev-source.ts"],
  ])("%s while %s: ends at once, with exit code 0", async (signal, _moment, module) => {
    const { code, messages, stderr } = await serveWithSignal(prefix, { SIGNAL_AT: module, SIGNAL_WITH: signal });
    expect({ code, messages, stderr }).toEqual({ code: 0, messages: [], stderr: "" });
  });
});

describe("endOnSignals", () => {
  it("ends for either signal until it is handed over, and leaves no listener", async () => {
    const events = new EventEmitter();
    const codes: number[] = [];
    const count = (): number => events.listenerCount("SIGTERM") + events.listenerCount("SIGINT");
    const run = endOnSignals({ events, exit: (code) => codes.push(code) }, async (handOver) => {
      events.emit("SIGTERM", "SIGTERM");
      events.emit("SIGINT", "SIGINT");
      events.on("SIGTERM", () => {});
      handOver();
      expect(count()).toBe(1);
      events.emit("SIGTERM", "SIGTERM");
      events.removeAllListeners();
      return 7;
    });
    expect(await run).toBe(7);
    expect([codes, count()]).toEqual([[0, 0], 0]);
  });

  it("leaves no listener where the command ends or throws before that", async () => {
    const events = new EventEmitter();
    const source = { events, exit: () => {} };
    for (let runs = 0; runs < 20; runs += 1) {
      expect(await endOnSignals(source, async () => 2)).toBe(2);
      await expect(endOnSignals(source, () => Promise.reject(new Error("a bug")))).rejects.toThrow("a bug");
    }
    expect(events.eventNames()).toEqual([]);
  });
});
