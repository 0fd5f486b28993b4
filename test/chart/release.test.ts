// The chart as it is released: tools/release-chart.ts, then helm.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
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
  const imageOf = (rendered: string): string =>
    only(parseObjects(rendered), "Deployment").spec.template.spec.containers[0].image as string;
  expect(imageOf(stdout)).toBe(`registry.example/kata-thp-webhook:${manifest.version}@${DIGEST}`);

  const rendered = async (...values: readonly string[]): Promise<string> =>
    imageOf((await helm(["template", "kata-thp", join(folder, archive as string), ...NAMES, ...values])).stdout);
  // Its digest is of that image alone.
  expect(await rendered("--set=image.repository=registry.example/mine")).toBe(
    `registry.example/mine:${manifest.version}`,
  );
  expect(await rendered("--set=image.tag=9.9.9")).toBe("registry.example/kata-thp-webhook:9.9.9");
  expect(await rendered(`--set=image.digest=${DIGEST.replace("0", "f")}`)).toContain(`@${DIGEST.replace("0", "f")}`);
});

it("the released chart's README is not a checkout's", async () => {
  const folder = await temporaryFolder();
  await releaseChart(join(folder, "chart"), "registry.example/org/kata-thp-webhook", DIGEST);
  const readme = await readFile(join(folder, "chart/README.md"), "utf8");
  expect(readme).toContain("helm install kata-thp oci://registry.example/org/charts/kata-thp-webhook ");
  expect(readme).toContain("The image is registry.example/org/kata-thp-webhook, pulled by its digest.");
  expect(readme).not.toMatch(/published yet|\]\(\.\.\/|install kata-thp charts\/|localhost/);
  expect(readme).toContain('| `image.repository` | `"registry.example/org/kata-thp-webhook"` |');
  for (const name of ["values.yaml", "values.schema.json"]) {
    const text = await readFile(join(folder, "chart", name), "utf8");
    expect(text).toContain("registry.example/org/kata-thp-webhook");
    expect(text, name).not.toMatch(/published yet|localhost\//);
  }
});

it("a repository with a tag, and a folder that is there, are refused", async () => {
  const folder = await temporaryFolder();
  await expect(releaseChart(join(folder, "chart"), "registry.example/x:1", DIGEST)).rejects.toThrow(
    'the repository is "registry.example/x:1"; allowed: a name such as registry.example/owner/image, without tag',
  );
  await expect(releaseChart(folder, "registry.example/x", DIGEST)).rejects.toThrow("is there already");
});

it("a digest that is none is refused", async () => {
  const folder = join(await temporaryFolder(), "chart");
  await expect(releaseChart(folder, "registry.example/x", "latest")).rejects.toThrow('the digest is "latest"; allowed');
});
