import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { manifestFolder } from "../cluster/manifest-folder.ts";
import { BAD, entries, explain, GOOD } from "./explain-in-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

describe("output", () => {
  const args = ["-f", "a.yaml", "--snapshot", "snapshot"];
  const files = { "a.yaml": `${BAD}---\n${GOOD}` };

  it("is the same in JSON and YAML", async () => {
    const yaml = await explain([...args, "-o", "yaml"], files);
    expect(parse(yaml.stdout)).toEqual(await entries(args, files));
  });

  it("is one JSON patch on a line for each workload with -o patch", async () => {
    const { stdout } = await explain([...args, "-o", "patch"], files);
    const patches = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(patches).toEqual((await entries(args, files)).map(({ patch }) => patch));
    expect(patches[1]).toContainEqual({ op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" });
  });

  it("is a block for each workload, with every rule's verdict, for a person", async () => {
    const { stdout } = await explain(args, files);
    const [bad = "", good = ""] = stdout.split("\n\n");
    expect(bad).toMatch(/^Deployment shop\/bad {2}a\.yaml, document 1\n {2}left alone \(mode enforce\)\n/);
    expect(bad).toMatch(/\n {2}blocks {4}HostPathSocket at spec\.template\.spec\.volumes\[0\]\.hostPath \(Socket\)\n/);
    expect(bad).toMatch(/\n {12}What to do: Reach the service over the network\.\n/);
    expect(bad).toMatch(/\n {2}degrades {2}DefaultEmptyDir at spec\.template\.spec\.volumes\[1\]\.emptyDir\n/);
    expect(bad).toMatch(/\n {2}ok {8}host-path-volume, /);
    expect(bad.match(/^ {2}ok .*$/m)?.[0]).not.toMatch(/host-path-socket|default-empty-dir/);
    expect(good).toMatch(
      /^Pod default\/good {2}a\.yaml, document 2\n {2}patched by runtime-class: kata-clh becomes kata-clh-thp/,
    );
    expect(good).toMatch(/\n {2}note {6}no controller/);
    expect(good).toMatch(/\n {2}writes {4}replace \/spec\/runtimeClassName "kata-clh-thp"\n/);
    expect(stdout).not.toContain("\u001b");
  });

  it("says of a pod out of scope that the rules were not asked", async () => {
    const { stdout } = await explain(["-f", "a.yaml"], { "a.yaml": GOOD.replace("kata-clh", "runc") });
    expect(stdout).toContain("scope     NotTarget at spec.runtimeClassName");
    expect(stdout).toContain("the rules are not asked");
  });

  it("says when evidence was overridden", async () => {
    const policy = `
apiVersion: kata-thp.dev/v1alpha1
kind: Policy
targets:
  - {runtimeClass: kata-clh, selection: hypervisor-annotations, trust: operator, kata: {version: 4.1.0, runtime: go, rootfs: block}}
`;
    const { stdout, code } = await explain(["-f", "a.yaml", "--policy", "p.yaml"], {
      "a.yaml": GOOD,
      "p.yaml": policy,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}FORCED {4}evidence speaks against it/);
  });

  it("lets no control character of a file's through to the terminal", async () => {
    const { stdout } = await explain(["-f", "a.yaml"], {
      "a.yaml": 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\e[2Jb"}\n',
    });
    expect(stdout).toContain("Pod default/a\ufffd[2Jb");
  });

  it.skipIf(!existsSync("/usr/bin/script"))("has colour on a terminal, and none there with NO_COLOR", async () => {
    const cwd = await manifestFolder({ "a.yaml": GOOD });
    const line = `"${process.execPath}" "${join(ROOT, "bin", "kata-thp.js")}" explain -f a.yaml`;
    const command = ["/usr/bin/script", "--quiet", "--return", "--command", line, "/dev/null"] as const;
    const env = { TERM: "xterm", NO_COLOR: "" };
    const coloured = await runKataThp([], { command: [...command], cwd, env });
    expect(coloured.code).toBe(3);
    expect(coloured.stdout).toContain("\u001b[31mblocks");
    const plain = await runKataThp([], { command: [...command], cwd, env: { ...env, NO_COLOR: "1" } });
    expect(plain.stdout).not.toContain("\u001b");
  });
});
