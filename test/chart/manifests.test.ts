import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ROOT } from "./helm.ts";

const run = promisify(execFile);

it("deploy/manifests and deploy/monitoring are what the chart renders", async () => {
  const { stderr } = await run(process.execPath, ["tools/render-manifests.ts", "--check"], { cwd: ROOT });
  expect(stderr).toBe("");
});
