// The machine, and which of its cores are whose.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import type { Machine } from "./figures.ts";

export interface Pinning {
  /** Put before a server's command. */
  readonly server: readonly string[];
  /** Whether server and everything else have cores of their own. */
  readonly isPinned: boolean;
}

/**
 * Leaves the first core that we may use to the server under test: this process, and so everything that it starts, goes
 * to the others. Without a second core, or without taskset, nothing is pinned.
 */
export function pin(): Pinning {
  try {
    const own = execFileSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" });
    const [first, ...others] = coresOf(own.slice(own.lastIndexOf(":") + 1));
    if (first === undefined || others.length === 0) return { server: [], isPinned: false };
    execFileSync("taskset", ["-acp", others.join(","), String(process.pid)]);
    return { server: ["taskset", "-c", String(first)], isPinned: true };
  } catch {
    return { server: [], isPinned: false };
  }
}

/** `0-2,5` as taskset prints it → 0, 1, 2, 5. */
export function coresOf(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [from = NaN, to = from] = part.trim().split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** What a reader of the figures has to know of it. Taken before anything is started. */
export function describeMachine(): Pick<Machine, "cpu" | "cores" | "memoryMb" | "kernel" | "node" | "loadBefore"> {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: Math.max(availableParallelism(), cpus().length),
    memoryMb: Math.round(totalmem() / 1e6),
    kernel: release(),
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Such as 545026d, and 545026d+ where something is not committed. */
export function commit(root: string): string {
  try {
    const hash = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
    const changed = execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });
    return changed === "" ? hash : `${hash}+`;
  } catch {
    return "unknown";
  }
}

/** Resident memory of a process and the most that it ever was, in MB (10^6 bytes). */
export async function memoryMb(pid: number): Promise<{ readonly rss: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mb = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024) / 1e6;
  return { rss: mb("VmRSS"), peak: mb("VmHWM") };
}
