import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { parseKubeVersion } from "../apiserver/control-plane/versions.ts";
import { CHART, CI_VALUES, ciValuesFile, helmPrograms, tryHelm } from "./helm.ts";

describe.each(helmPrograms())("$name lint --strict", (program) => {
  it.each(CI_VALUES)("finds nothing with %s-values.yaml", async (name) => {
    const { exitCode, stdout, stderr } = await tryHelm(["lint", "--strict", "--values", ciValuesFile(name), CHART], {
      program,
    });

    expect(stdout + stderr).not.toMatch(/\[(ERROR|WARNING)\]/);
    expect(exitCode).toBe(0);
  });
});

describe("Chart.yaml", () => {
  const chart = parse(readFileSync(join(CHART, "Chart.yaml"), "utf8")) as Record<string, string>;

  it("has the version of the package, for the chart and for the image", () => {
    expect([chart["version"], chart["appVersion"]]).toEqual([manifest.version, manifest.version]);
  });

  it("claims the oldest Kubernetes that the tests are run against, and nothing older", () => {
    const [major, minor] = parseKubeVersion("oldest").slice(1).split(".");
    expect(chart["kubeVersion"]).toBe(`>=${major}.${minor}.0-0`);
  });
});
