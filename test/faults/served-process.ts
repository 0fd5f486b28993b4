// `kata-thp serve` as a process of its own, with facts from the runtime-class example and everything that faults need.
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../apiserver/control-plane/free-ports.ts";
import { makePair } from "../support/certificates.ts";
import { type Answer, ask, post } from "../support/https-client.ts";

export interface ServedProcess {
  readonly port: number;
  readonly metricsPort: number;
  /** PEM */
  readonly ca: string;
  readonly child: ChildProcess;
  /** How it ended: its exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** POST to /mutate/enforce. */
  review(body: string | Buffer, agent?: Agent): Promise<Answer>;
  /** One sample, by its name and labels as they are written; 0 where there is none. */
  sample(name: string): Promise<number>;
  /** Kills it where it still runs, and takes its files away. */
  remove(): Promise<void>;
}

export interface ServedOptions {
  /** Added to the flags of serve. */
  readonly flags?: readonly string[];
  /** Besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node's own. */
  readonly nodeFlags?: readonly string[];
  /** What is run; default src/main.ts. */
  readonly entry?: string;
  /** Where its standard error goes: a descriptor, or as spawn has it; default nowhere. */
  readonly stderr?: "ignore" | "pipe" | number;
  readonly stdout?: "ignore" | "pipe" | number;
}

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = join(ROOT, "examples/runtime-class");
/** Ten times what it takes on a busy machine. */
const READY_MS = 30_000;

/** Starts it; resolves when it is ready. It ends with this process at the latest. */
export async function startServed(options: ServedOptions = {}): Promise<ServedProcess> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-faults-"));
  const [port = 0, metricsPort = 0] = await freePorts(2);
  const pair = await makePair();
  const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  await Promise.all([writeFile(cert, pair.cert), writeFile(key, pair.key, { mode: 0o600 })]);
  const serve = [
    `--policy=${join(EXAMPLE, "policy.yaml")}`,
    `--snapshot=${join(EXAMPLE, "snapshot")}`,
    `--tls-cert=${cert}`,
    `--tls-key=${key}`,
    "--host=127.0.0.1",
    `--port=${port}`,
    `--metrics-port=${metricsPort}`,
    "--drain-delay=0",
  ];
  const stdio: StdioOptions = ["ignore", options.stdout ?? "ignore", options.stderr ?? "ignore", "ipc"];
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      options.entry ?? join(ROOT, "src/main.ts"),
      "serve",
      ...serve,
      ...(options.flags ?? []),
    ],
    { stdio, env: { PATH: process.env["PATH"], ...options.env } },
  );
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const ended = once(child, "exit").then(([code, signal]) => (signal ?? code) as number | string);
  const remove = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
    process.off("exit", killWithUs);
    await rm(folder, { recursive: true });
  };
  const ca = await readFile(cert, "utf8");
  const end = performance.now() + READY_MS;
  for (;;) {
    const status = await ask({ port, ca, path: "/readyz" }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) break;
    if (child.exitCode !== null || performance.now() > end) {
      await remove();
      throw new Error(`serve is not ready: exit code ${child.exitCode}, /readyz ${status}`);
    }
    await delay(25);
  }
  return {
    port,
    metricsPort,
    ca,
    child,
    ended,
    review: async (body, agent) =>
      await post({ port, ca, path: "/mutate/enforce?timeout=10s", body, ...(agent === undefined ? {} : { agent }) }),
    async sample(name) {
      const asked = get(`http://127.0.0.1:${metricsPort}/metrics`, { agent: false });
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      const line = (await text(response)).split("\n").find((each) => each.startsWith(`${name} `));
      return line === undefined ? 0 : Number(line.slice(name.length + 1));
    },
    remove,
  };
}
