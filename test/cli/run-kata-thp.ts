import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const LAUNCHER = fileURLToPath(new URL("../../bin/kata-thp.js", import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What standard input holds; empty by default. */
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program and its first arguments; this Node on the launcher by default. */
  readonly command?: readonly [string, ...string[]];
}

/** Runs the real command in a process of its own, and waits until it and whatever it started are gone. */
export async function runKataThp(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { stdin = "", cwd = ROOT, env = {}, command = [process.execPath, LAUNCHER] } = options;
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...args], { cwd, env: { ...process.env, ...env } });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  // A command that refuses its flags is gone before it has read anything.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}
