import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

let folder: string;
let whole: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kata-thp-settings-"));
  for (const name of ["kubeconfig", "helm"]) writeFileSync(join(folder, name), "");
  whole = {
    KUBECONFIG: join(folder, "kubeconfig"),
    KATA_THP_E2E_IMAGE: "registry.example:5000/kata-thp-webhook:0.1.0",
    PATH: `relative:${folder}`,
    // None of the programs that tests build is there.
    XDG_CACHE_HOME: folder,
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("readSettings", () => {
  it("takes what is said, and defaults for the rest", () => {
    expect(readSettings(whole)).toEqual({
      kubeconfigPath: join(folder, "kubeconfig"),
      image: { repository: "registry.example:5000/kata-thp-webhook", tag: "0.1.0" },
      podImage: "registry.k8s.io/pause:3.10",
      runsPods: false,
      helmPath: join(folder, "helm"),
    });
    const more = { KATA_THP_E2E_RUNS_PODS: "1", KATA_THP_E2E_POD_IMAGE: "localhost/pause:1" };
    expect(readSettings({ ...whole, ...more })).toMatchObject({ runsPods: true, podImage: "localhost/pause:1" });
  });

  it.each([
    [{ KUBECONFIG: undefined }, "KUBECONFIG is not set"],
    [{ KUBECONFIG: "/a:/b" }, "KUBECONFIG is a list of files (/a:/b): name one"],
    [{ KUBECONFIG: "/nowhere/kubeconfig" }, "there is no file /nowhere/kubeconfig"],
    [{ KUBECONFIG: tmpdir() }, "there is no file"],
    [{ KATA_THP_E2E_IMAGE: "" }, "KATA_THP_E2E_IMAGE is not set"],
    [{ KATA_THP_E2E_IMAGE: "localhost:5000/none" }, "localhost:5000/none is not repository:tag"],
    [{ KATA_THP_E2E_RUNS_PODS: "yes" }, 'must be 1, 0 or unset, not "yes"'],
    [{ PATH: "/nowhere" }, "helm is missing: run npx node test/apiserver/control-plane/get.ts helm"],
  ])("refuses %j", (env, said) => {
    expect(() => readSettings({ ...whole, ...env })).toThrow(said);
  });
});
