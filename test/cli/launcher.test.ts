import { execFileSync, spawn } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";
import { manifestFolder } from "../cluster/manifest-folder.ts";
import { GOOD } from "./explain-in-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

const LAUNCHER = join(ROOT, "bin", "kata-thp.js");

/** The PATH of a person's shell: npm and npx put the project's own Node in front of it. */
const PATH = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((dir) => !dir.includes("node_modules"))
  .join(delimiter);

/** Version of the Node that `/usr/bin/env node` finds, null where the machine has none of its own. */
const SYSTEM_NODE = ((): string | null => {
  try {
    return execFileSync("/usr/bin/env", ["node", "-p", "process.versions.node"], {
      env: { PATH },
      encoding: "utf8",
    }).trim();
  } catch {
    return null;
  }
})();

const WITH_SYSTEM_NODE = { env: { PATH }, command: ["/usr/bin/env", "node", LAUNCHER] } satisfies Parameters<
  typeof runKataThp
>[1];

describe.skipIf(SYSTEM_NODE === null)(`the launcher on the machine's own Node ${SYSTEM_NODE}`, () => {
  it("runs the command", async () => {
    expect(await runKataThp(["version"], WITH_SYSTEM_NODE)).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  it("runs it as a program, from any folder", async () => {
    const cwd = await manifestFolder({});
    expect(await runKataThp(["version"], { env: { PATH }, command: [LAUNCHER], cwd })).toMatchObject({ code: 0 });
  });

  it("passes standard input and the exit codes on", async () => {
    const patched = await runKataThp(["explain", "-f", "-", "-o", "json"], { ...WITH_SYSTEM_NODE, stdin: GOOD });
    expect(patched.code).toBe(3);
    expect(JSON.parse(patched.stdout)).toMatchObject([{ name: "good" }]);
    expect((await runKataThp(["explian"], WITH_SYSTEM_NODE)).code).toBe(2);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("passes %s on, and leaves no process behind", async (signal) => {
    const child = spawn("/usr/bin/env", ["node", LAUNCHER, "explain", "-f", "-"], { env: { ...process.env, PATH } });
    child.stdin.on("error", () => {});
    child.stdout.resume();
    child.stderr.resume();
    // More than a pipe holds: it is only taken once the command itself reads.
    await new Promise((resolve) => {
      child.stdin.write(`#${"x".repeat(1 << 20)}\n`, resolve);
    });
    child.kill(signal);
    // "close" comes when nobody holds the pipes any more, the command behind the launcher included.
    const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.on("close", (...how) => resolve(how));
    });
    expect(by ?? code).toBe(by === null ? 128 + constants.signals[signal] : signal);
  });

  it.skipIf(Number(SYSTEM_NODE?.split(".")[0]) >= 24)("says what to do where npm ci has not been run", async () => {
    const dir = await manifestFolder({});
    await mkdir(join(dir, "bin"));
    await writeFile(join(dir, "package.json"), '{"type":"module"}');
    await copyFile(LAUNCHER, join(dir, "bin", "kata-thp.js"));
    const command = ["/usr/bin/env", "node", join(dir, "bin", "kata-thp.js")] as const;
    const { code, stderr } = await runKataThp(["version"], { env: { PATH }, command: [...command] });
    expect(code).toBe(2);
    expect(stderr).toBe(
      `kata-thp: Node ${SYSTEM_NODE} is too old and node_modules has no newer one: run npm ci in ${dir}/\n`,
    );
  });
});

describe("npx in a checkout", () => {
  it("finds the command, in a subfolder too", async () => {
    const command = ["npx", "--no-install", "kata-thp"] as const;
    const { code, stdout } = await runKataThp(["version"], {
      env: { PATH },
      command: [...command],
      cwd: join(ROOT, "src"),
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${VERSION}\n` });
  });
});
