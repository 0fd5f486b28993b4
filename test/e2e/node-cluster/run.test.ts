// The command as a person meets it. What it does is seen by running it: it needs root and minutes.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const RUN = join(import.meta.dirname, "run.ts");

interface Failed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function fails(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Failed> {
  return promisify(execFile)(process.execPath, [RUN, ...args], { env }).then(
    () => expect.fail("it ended with 0"),
    (error: unknown) => error as Failed,
  );
}

describe("run.ts", () => {
  it.each([
    { args: ["--imgae", "a.tar"], says: /^Unknown option '--imgae'/ },
    { args: ["kubectl", "get", "pods"], says: /^Unexpected argument 'kubectl'/ },
    {
      args: ["--image", "/none.tar"],
      says: /^--image \/none\.tar: there is no such file; make it: npx node tools\/build-image\.ts/,
    },
  ])("refuses $args", async ({ args, says }) => {
    const { code, stderr } = await fails(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });

  it("says in one line what to install where go is missing: that is no reason to leave it out", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kata-thp-node-test-"));
    onTestFinished(async () => rm(folder, { recursive: true }));
    const { code, stderr } = await fails(["--", "true"], { PATH: folder, HOME: folder, XDG_CACHE_HOME: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^go was not found on PATH: install Go [\d.]+ or newer .*\n$/);
  });
});
