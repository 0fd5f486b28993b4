import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const RUN = join(import.meta.dirname, "run.ts");

it("says that it was left out, and why, where no namespace can be made", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [RUN], {
    env: { PATH: "/nowhere" },
    encoding: "utf8",
  });

  expect(stderr).toMatch(
    /^LEFT OUT: the end-to-end suite .+, because (no network namespace can be made here:|it needs Linux)/m,
  );
  expect({ status, stdout }).toEqual({ status: 77, stdout: "" });
});

it("says what is wrong where a program can be neither found nor built", () => {
  const folder = mkdtempSync(join(tmpdir(), "kata-thp-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { PATH: process.env["PATH"], XDG_CACHE_HOME: folder, KUBEBUILDER_ASSETS: folder };

  const { status, stderr } = spawnSync(process.execPath, [RUN], { env, encoding: "utf8" });

  // Where there are no namespaces, nothing else is looked at.
  if (status !== 77) {
    expect(stderr).toContain(`KUBEBUILDER_ASSETS: ${folder} holds no kube-apiserver`);
    expect(status).toBe(1);
  }
});
