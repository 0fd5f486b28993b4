// A program that cannot outlive the process that started it.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";

export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** stdout and stderr are appended to it. */
  readonly logPath: string;
  readonly cwd?: string;
  /** A folder that the guard removes, where the starter can no more. */
  readonly dataFolder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface GuardedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** How it ended, in words ("exit code 1", "signal SIGKILL"). Never rejects. */
  readonly exited: Promise<string>;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs` (0: SIGKILL at once). Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
}

/**
 * A subshell waits on the pipe (descriptor 3) whose other end only the starter holds, while the shell itself becomes
 * the program, so that the pid is the program's own. The kernel closes the pipe when the starter dies, even by SIGKILL,
 * and then the subshell ends the program: there is no moment at which nobody would. A starter that has seen the program
 * end writes a line first, so that a pid which is somebody else's by now is never signalled.
 */
const GUARD = `
(
  if read -r _ <&3; then exit; fi
  kill -TERM $$
  turns=0
  while kill -0 $$ && [ $turns -lt 20 ]; do sleep 0.1; turns=$((turns + 1)); done
  kill -KILL $$
  if [ -n "$1" ]; then rm -rf "$1"; fi
) 2>/dev/null &
shift
exec "$@" 3<&-
`;

/** Starts it in a session of its own: a Ctrl-C at the terminal reaches us alone, and we stop it in our order. */
export async function startProcess(options: ProcessOptions): Promise<GuardedProcess> {
  const { name, command, args, logPath, dataFolder = "" } = options;
  const log = openSync(logPath, "a");
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", dataFolder, command, ...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
  });
  closeSync(log);
  const guard = child.stdio[3] as NodeJS.WritableStream;
  // EPIPE: the guard was killed with its program.
  guard.on("error", () => {});
  let isRunning = true;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      isRunning = false;
      guard.end("ended\n");
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  return {
    name,
    pid: child.pid as number,
    logPath,
    exited,
    isRunning: () => isRunning,
    async stop(graceMs) {
      if (!isRunning) return;
      if (graceMs > 0) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The last lines of a log, for a message; empty when there is none. */
export async function lastLines(logPath: string, count: number): Promise<string> {
  const text = await readFile(logPath, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
