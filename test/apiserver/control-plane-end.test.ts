// How a test control plane ends: with nothing left running, whatever happens.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { kubeconfigFor } from "./control-plane/access.ts";
import { startControlPlane } from "./control-plane/start.ts";

describe("the end of a control plane", () => {
  it("leaves no process and no file", async () => {
    const plane = await startControlPlane();
    const pids = plane.pids();
    const isAliveBefore = pids.map(isAlive);

    await plane.stop();

    expect(isAliveBefore).toEqual([true, true]);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(existsSync(plane.access.folder)).toBe(false);
  });

  it("comes when whoever started it is killed", async () => {
    const start = new URL("./control-plane/start.ts", import.meta.url).href;
    const program = `
      const { startControlPlane } = await import(${JSON.stringify(start)});
      const plane = await startControlPlane();
      console.log(JSON.stringify({ pids: plane.pids(), folder: plane.access.folder }));
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(starter.stdout), "line")) as [string];
    const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
    const isAliveBefore = pids.map(isAlive);

    starter.kill("SIGKILL");
    await once(starter, "exit");
    // Nobody tells when a process ends that is not one's child.
    const data = `${folder}/etcd-data`;
    for (let turn = 0; turn < 100 && (pids.some(isAlive) || existsSync(data)); turn += 1) await delay(100);

    expect(isAliveBefore).toEqual([true, true]);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(existsSync(data)).toBe(false);
    await rm(folder, { recursive: true });
  });

  it("is told, and leaves the logs but no key, where the API server ends by itself", async () => {
    const told: string[] = [];
    const firstTold = Promise.withResolvers<void>();
    const plane = await startControlPlane({
      onTrouble: (line) => {
        told.push(line);
        firstTold.resolve();
      },
    });
    await kubeconfigFor(plane.access, { user: "jane" });
    const { folder } = plane.access;
    const apiserver = plane.pids().at(-1) as number;

    process.kill(apiserver, "SIGKILL");
    await firstTold.promise;
    await plane.stop();

    expect(told).toEqual([
      `kube-apiserver ended by itself (signal SIGKILL); its log is ${folder}/kube-apiserver.log`,
      `the control plane's logs are kept in ${folder}`,
    ]);
    expect(readdirSync(folder).toSorted()).toEqual(["audit.log", "etcd.log", "kube-apiserver.log"]);
    await rm(folder, { recursive: true });
  });

  it("comes before the beginning for a flag that does not exist, with the API server's own words", async () => {
    const told: string[] = [];

    const start = startControlPlane({ apiserverFlags: ["--no-such-flag"], onTrouble: (line) => told.push(line) });

    await expect(start).rejects.toThrow(/^kube-apiserver ended \(exit code 1\) .*unknown flag: --no-such-flag/s);
    expect(told).toHaveLength(1);
    const folder = told[0]?.replace("the control plane's logs are kept in ", "") as string;
    expect(readFileSync(`${folder}/kube-apiserver.log`, "utf8")).toContain("--no-such-flag");
    await rm(folder, { recursive: true });
  });
});

/** A process that ended and was not yet waited for by its new parent has ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !(existsSync(stat) && / Z /.test(readFileSync(stat, "utf8")));
}
