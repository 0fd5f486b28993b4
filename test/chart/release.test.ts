// The chart as it is released: tools/release-chart.ts, then helm.
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { temporaryFolder } from "../support/temporary-folder.ts";
import { helm, ROOT } from "./helm.ts";
import { only, parseObjects } from "./rendered.ts";

const run = promisify(execFile);
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const NAMES = ["--namespace", "kata-thp", "--kube-version", "v1.37.2"];

async function releaseChart(...args: readonly string[]): Promise<void> {
  await run(process.execPath, ["tools/release-chart.ts", ...args], { cwd: ROOT });
}

it("the packaged chart pulls the published image by its digest, and is this version", async () => {
  const folder = await temporaryFolder();
  await releaseChart(join(folder, "chart"), "registry.example/kata-thp-webhook", DIGEST);
  await helm(["package", join(folder, "chart"), "--destination", folder]);

  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  expect(archive).toBe(`kata-thp-webhook-${manifest.version}.tgz`);
  const { stdout } = await helm(["template", "kata-thp", join(folder, archive as string), ...NAMES]);
  const { spec } = only(parseObjects(stdout), "Deployment");
  expect(spec.template.spec.containers[0].image).toBe(
    `registry.example/kata-thp-webhook:${manifest.version}@${DIGEST}`,
  );
});

it("a digest that is none is refused", async () => {
  const folder = join(await temporaryFolder(), "chart");
  await expect(releaseChart(folder, "registry.example/x", "latest")).rejects.toThrow('the digest is "latest"; allowed');
});
