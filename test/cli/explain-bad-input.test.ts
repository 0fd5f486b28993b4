import { execFile } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { manifestFolder } from "../cluster/manifest-folder.ts";
import { BAD, GOOD } from "./explain-in-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

const MAIN = join(ROOT, "src/main.ts");
/** More arguments than a call can have: 40,000 with a stack of a quarter of the size, where it takes 150,000 otherwise. */
const MANY = 40_000;
const SMALL_STACK = "--stack-size=256";

describe("bad input", () => {
  const pod = GOOD;
  it.each<[string, string[], Record<string, string>, RegExp[]]>([
    ["no file", [], {}, [/^kata-thp: name a file: kata-thp explain -f FILE/]],
    ["a missing file", ["-f", "absent.yaml"], {}, [/^kata-thp: absent\.yaml: cannot be read: ENOENT/]],
    ["an unknown flag", ["--snapshto", "x"], {}, [/unknown flag --snapshto; did you mean --snapshot\?/]],
    [
      "an unknown format",
      ["-f", "a.yaml", "-o", "tabel"],
      { "a.yaml": pod },
      [/--output must be table, json, yaml or patch, not "tabel"; did you mean table\?/],
    ],
    [
      "an unknown mode",
      ["-f", "a.yaml", "--mode", "disabled"],
      { "a.yaml": pod },
      [/--mode must be enforce or observe/],
    ],
    ["a time that is none", ["-f", "a.yaml", "--now", "tomorrow"], { "a.yaml": pod }, [/--now must be a time such as/]],
    [
      "no YAML",
      ["-f", "a.yaml"],
      { "a.yaml": `${pod}---\nkind: [\n` },
      [/^kata-thp: a\.yaml:7: document 2 of 2: not YAML: /],
    ],
    [
      "wrong fields in two files",
      ["-f", "a.yaml", "-f", "b.yaml"],
      { "a.yaml": pod.replace("[{name: a}]", "5"), "b.yaml": BAD.replace("name: tmp, emptyDir: {}", "emptyDir: {}") },
      [
        /^kata-thp: a\.yaml:4: document 1 of 1: spec\.containers must be a list, not 5$/m,
        /^kata-thp: b\.yaml:10: document 1 of 1: spec\.template\.spec\.volumes\[1\]\.name must be a string; it is missing$/m,
      ],
    ],
    [
      "no workload",
      ["-f", "a.yaml"],
      { "a.yaml": "apiVersion: v1\nkind: Service\n" },
      [/the Service \(v1\) is no kind whose pods explain knows/, /no workload found in a\.yaml; give one of Pod, /],
    ],
    ["nothing on standard input", ["-f", "-"], {}, [/no workload found in standard input/]],
    [
      "a missing policy",
      ["-f", "a.yaml", "--policy", "absent.yaml"],
      { "a.yaml": pod },
      [/absent\.yaml: the policy cannot be read/],
    ],
    [
      "a wrong policy",
      ["-f", "a.yaml", "--policy", "p.yaml"],
      {
        "a.yaml": pod,
        "p.yaml":
          "apiVersion: kata-thp.dev/v1alpha1\nkind: Policy\ntargets:\n  - {runtimeClass: a, selection: magic}\n",
      },
      [/^kata-thp: p\.yaml:4: targets\[0\]\.selection /],
    ],
    [
      "a missing snapshot",
      ["-f", "a.yaml", "--snapshot", "absent"],
      { "a.yaml": pod },
      [/absent: a snapshot must be a folder/],
    ],
    [
      "a wrong snapshot",
      ["-f", "a.yaml", "--snapshot", "s"],
      {
        "a.yaml": pod,
        "s/x.yaml": "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: 1\n",
      },
      [/^kata-thp: s\/x\.yaml:4: document 1 of 1: handler must be a string, not 1$/m],
    ],
  ])("ends with 2 for %s, and says so on standard error alone", async (_, args, files, errors) => {
    const cwd = await manifestFolder(files);
    const { code, stdout, stderr } = await runKataThp(["explain", ...args], { cwd });
    for (const error of errors) expect(stderr).toMatch(error);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("names the document of standard input too", async () => {
    const { code, stderr } = await runKataThp(["explain", "-f", "-"], {
      stdin: `${pod}---\n${pod.replace("kata-clh", "7")}`,
    });
    expect(code).toBe(2);
    expect(stderr).toBe("kata-thp: standard input:9: document 2 of 2: spec.runtimeClassName must be a string, not 7\n");
  });
});

describe("a folder as file", () => {
  it("is an error when it cannot be read, with its name", async () => {
    const cwd = await manifestFolder({ "a.yaml": GOOD });
    const { stderr } = await runKataThp(["explain", "-f", join("a.yaml", "below")], { cwd });
    expect(stderr).toMatch(/a\.yaml\/below: cannot be read: ENOTDIR/);
  });

  it("is read without its subfolders, whatever they are called", async () => {
    const cwd = await manifestFolder({ "f/a.yaml": GOOD, "f/sub.yaml/b.yaml": "5\n" });
    const { code, stdout, stderr } = await runKataThp(["explain", "-f", "f", "-o", "json"], { cwd });
    expect([code, stderr, (JSON.parse(stdout) as unknown[]).length]).toEqual([3, "", 1]);
  });

  it("names each entry that is no file", async () => {
    const cwd = await manifestFolder({ "f/a.yaml": GOOD });
    await symlink("nowhere", join(cwd, "f/dangling.yaml"));
    await promisify(execFile)("mkfifo", [join(cwd, "f/pipe.yaml")]);
    const { code, stderr } = await runKataThp(["explain", "-f", "f"], { cwd });
    expect(stderr.split("\n")).toEqual([
      "kata-thp: f/dangling.yaml: is a link that leads nowhere; remove it, or put there what it should lead to",
      "kata-thp: f/pipe.yaml: is no file; allowed in a folder: files and folders. Take it away, or name it otherwise",
      "",
    ]);
    expect(code).toBe(2);
  });
});

it("reads a pipe that is named", async () => {
  const command = [
    "/bin/bash",
    "-c",
    `"$0" "$1" explain -o json -f <(echo '${GOOD}')`,
    process.execPath,
    MAIN,
  ] as const;
  const { code, stdout } = await runKataThp([], { command });
  expect([code, (JSON.parse(stdout) as unknown[]).length]).toEqual([3, 1]);
});

it.each<[string, string[], Record<string, string>, string]>([
  [
    "errors in a file",
    ["-f", "many.yaml"],
    { "many.yaml": "5\n---\n".repeat(MANY) },
    "kata-thp: many.yaml:1: document 1 of ",
  ],
  [
    "errors in a snapshot",
    ["-f", "a.yaml", "--snapshot", "s"],
    { "a.yaml": GOOD, "s/many.yaml": "5\n---\n".repeat(MANY) },
    "kata-thp: s/many.yaml:1: document 1 of ",
  ],
  [
    "objects in a List within a List",
    ["-f", "many.json"],
    { "many.json": JSON.stringify(listOf([listOf(Array.from({ length: MANY }, service))])) },
    "kata-thp: many.json:1: document 1 of 1: items[0].items[0]: the ",
  ],
])("tells any number of %s", async (_, args, files, first) => {
  const cwd = await manifestFolder(files);
  const command = [process.execPath, SMALL_STACK, MAIN] as const;
  const { code, stderr } = await runKataThp(["explain", ...args], { cwd, command });
  expect(stderr.slice(0, first.length)).toBe(first);
  expect(stderr.split("\n").length).toBeGreaterThan(MANY);
  expect(code).toBe(2);
});

function service(): object {
  return { apiVersion: "v1", kind: "Service" };
}

function listOf(items: readonly object[]): object {
  return { apiVersion: "v1", kind: "List", items };
}
