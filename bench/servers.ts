// Starts a contender and asks the load generator about it.
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { promisify } from "node:util";
import { freePorts } from "../test/apiserver/control-plane/free-ports.ts";
import { type GuardedProcess, lastLines, startProcess } from "../test/apiserver/control-plane/guarded-process.ts";
import type { Contender, Measured } from "./figures.ts";
import { type ReviewSize, reviewFile } from "./reviews.ts";

const run = promisify(execFile);
const PATH = "/mutate/enforce";
/** Long enough for a connection to be set up and its code to be the one that serves. */
const WARM_UP_MS = 250;
const STOP_MS = 5_000;

export interface Ground {
  /** Has ca.crt, tls.crt and tls.key, and gets the logs. */
  readonly dir: string;
  readonly client: string;
  /** Put before each server's command: taskset. */
  readonly pinning: readonly string[];
  /** A contender's command for that port. */
  readonly command: (contender: Contender, port: number) => readonly string[];
  readonly env: (contender: Contender) => NodeJS.ProcessEnv;
}

export interface BenchServer {
  readonly contender: Contender;
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from exec. */
  readonly firstAnswerMs: number;
  readonly firstPatchMs: number;
  /** Load on keep-alive connections for that long. */
  load(size: ReviewSize, connections: number, seconds: number): Promise<Measured>;
  /** So many reviews. */
  send(size: ReviewSize, connections: number, requests: number): Promise<void>;
  /** New connections with one 6 KB review each. */
  handshakes(connections: number, seconds: number): Promise<Measured>;
  /** What it has said since this start. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

interface ClientResult {
  readonly requests: number;
  readonly errors: number;
  readonly error?: string;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly serverCpuSeconds: number;
  readonly clientCpuSeconds: number;
}

/** Starts it, and resolves when it has answered a 6 KB review with a patch. */
export async function startServer(ground: Ground, contender: Contender): Promise<BenchServer> {
  const { dir, client, pinning } = ground;
  const [port = 0] = await freePorts(1);
  const base = ["-addr", `127.0.0.1:${port}`, "-ca", join(dir, "ca.crt"), "-path", PATH];
  const asking = spawn(client, ["first", ...base, "-body", reviewFile("6k"), "-contains", '"patch":'], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const answer = json(asking.stdout).catch(() => null) as Promise<{ firstAt: string; containsAt: string } | null>;
  const complaint = text(asking.stderr);
  const [command = "", ...args] = [...pinning, ...ground.command(contender, port)];
  // Not beside the certificate: that folder is watched, and each line would have the files read again.
  const logPath = join(dir, "logs", `${contender}.log`);
  await mkdir(join(dir, "logs"), { recursive: true });
  await rm(logPath, { force: true });
  const startedMs = performance.timeOrigin + performance.now();
  const server = await startProcess({ name: contender, command, args, logPath, env: ground.env(contender) });
  const first = await Promise.race([answer, server.exited.then(() => null)]);
  if (first === null) {
    asking.kill();
    await server.stop(0);
    throw new Error(`${contender}: ${(await complaint).trim()}\n${await lastLines(logPath, 10)}`);
  }
  const sinceExec = (unixNs: string): number => Number(BigInt(unixNs) / 1000n) / 1000 - startedMs;
  return {
    contender,
    pid: server.pid,
    port,
    firstAnswerMs: sinceExec(first.firstAt),
    firstPatchMs: sinceExec(first.containsAt),
    async load(size, connections, seconds) {
      const duration = ["-duration", `${seconds}s`, "-warmup", `${WARM_UP_MS}ms`];
      return toMeasured(await ask(ground, server, "load", [...base, ...duration], size, connections));
    },
    async send(size, connections, requests) {
      const got = await ask(ground, server, "load", [...base, "-requests", String(requests)], size, connections);
      if (got.requests !== requests) throw new Error(`${contender}: ${got.requests} of ${requests} were answered`);
    },
    async handshakes(connections, seconds) {
      const duration = ["-duration", `${seconds}s`, "-warmup", `${WARM_UP_MS}ms`];
      return toMeasured(await ask(ground, server, "handshakes", [...base, ...duration], "6k", connections));
    },
    log: async () => readFile(logPath, "utf8"),
    stop: async () => server.stop(STOP_MS),
  };
}

async function ask(
  { client }: Ground,
  { name, pid, logPath }: GuardedProcess,
  mode: "load" | "handshakes",
  args: readonly string[],
  size: ReviewSize,
  connections: number,
): Promise<ClientResult> {
  const what = ["-body", reviewFile(size), "-conns", String(connections), "-pid", String(pid)];
  const { stdout } = await run(client, [mode, ...args, ...what]);
  const result = JSON.parse(stdout) as ClientResult;
  if (result.errors > 0 || result.requests === 0) {
    const why = `${name}: ${result.errors} errors in ${result.requests} requests, the last: ${result.error ?? "none"}`;
    throw new Error(`${why}\n${await lastLines(logPath, 5)}`);
  }
  return result;
}

function toMeasured(result: ClientResult): Measured {
  const { requests, seconds, p50Us, p99Us, maxUs, serverCpuSeconds, clientCpuSeconds } = result;
  return {
    requestsPerSecond: requests / seconds,
    p50Us,
    p99Us,
    maxUs,
    cpuUs: (serverCpuSeconds / requests) * 1e6,
    clientBusy: clientCpuSeconds / seconds,
  };
}
