import { describe, expect, it } from "vitest";
import type { ExplanationEntry } from "../../src/cli/explanation.ts";
import { BAD, entries, explain, GOOD } from "./explain-in-folder.ts";
import { runKataThp } from "./run-kata-thp.ts";

function summary({ source, kind, namespace, name, decision }: ExplanationEntry): unknown[] {
  return [
    `${source.file}#${source.document}`,
    kind,
    namespace,
    name,
    decision.kind,
    ...decision.findings.map(({ reason }) => reason),
  ];
}

describe("exit code", () => {
  it("is 0 when one of the workloads is patched", async () => {
    expect((await explain(["-f", "a.yaml", "--snapshot", "snapshot"], { "a.yaml": `${BAD}---\n${GOOD}` })).code).toBe(
      0,
    );
  });

  it("is 3 when none is", async () => {
    expect((await explain(["-f", "a.yaml", "--snapshot", "snapshot"], { "a.yaml": BAD })).code).toBe(3);
  });

  it("is 3 in mode observe, where nothing is written", async () => {
    const run = await explain(["-f", "a.yaml", "--snapshot", "snapshot", "--mode", "observe", "-o", "json"], {
      "a.yaml": GOOD,
    });
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject([
      { mode: "observe", decision: { kind: "patch" }, patch: [], warnings: [] },
    ]);
  });
});

describe("input", () => {
  it("comes from files, folders without their subfolders, and standard input", async () => {
    const found = await entries(
      ["-f", "a.yaml", "-f", "dir", "-f", "-"],
      {
        "a.yaml": BAD,
        "dir/c.json": '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}',
        "dir/b.yml": GOOD,
        "dir/sub/d.yaml": GOOD,
        "dir/readme.md": "no",
      },
      { stdin: GOOD.replace("good", "from-stdin") },
    );
    expect(found.map(({ source, name }) => [source.file, name])).toEqual([
      ["a.yaml", "bad"],
      ["dir/b.yml", "good"],
      ["dir/c.json", "c"],
      ["-", "from-stdin"],
    ]);
  });

  it("may follow -f as the shell spreads a pattern out", async () => {
    expect(await entries(["-f", "a.yaml", "b.yaml"], { "a.yaml": GOOD, "b.yaml": BAD })).toHaveLength(2);
  });

  it("is one entry for each workload, also of a List, with what makes no pods passed over", async () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "l" } })}\n- {apiVersion: v1, kind: Service}\n`;
    const run = await explain(["-f", "a.yaml", "-o", "json"], { "a.yaml": `${BAD}---\n${list}` });
    expect((JSON.parse(run.stdout) as ExplanationEntry[]).map(summary)).toEqual([
      ["a.yaml#0", "Deployment", "shop", "bad", "skip", "KataSupportUnknown", "HostPathSocket", "DefaultEmptyDir"],
      ["a.yaml#1", "Pod", "default", "l", "skip", "NotTarget"],
    ]);
    expect(run.stderr).toBe(
      "kata-thp: a.yaml:16: document 2 of 2: items[1]: the Service (v1) is no kind whose pods explain knows, and is passed over\n",
    );
  });

  it("takes -n for what names no namespace only", async () => {
    const found = await entries(["-f", "a.yaml", "-n", "other"], { "a.yaml": `${BAD}---\n${GOOD}` });
    expect(found.map(({ namespace }) => namespace)).toEqual(["shop", "other"]);
  });
});

function shopNamespace(label: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {${label}}}\n`;
}

describe("mode and namespace", () => {
  const pod = GOOD.replace("name: good", "name: good, namespace: shop");

  it.each([
    ["of the snapshot's Namespace", "kata-thp.dev/mode: observe", [], "observe", "patch"],
    ["of --mode before that", "kata-thp.dev/mode: observe", ["--mode", "enforce"], "enforce", "patch"],
    ["enforce where it says nothing", "", [], "enforce", "skip"],
  ])("is the mode %s", async (_, labels, flags, mode, kind) => {
    const files = { "a.yaml": pod, "snapshot/ns.yaml": shopNamespace(labels) };
    const [entry] = await entries(["-f", "a.yaml", "--snapshot", "snapshot", ...flags], files);
    expect(entry).toMatchObject({ mode, decision: { kind } });
    if (kind === "skip") expect(entry?.decision.findings).toMatchObject([{ reason: "NamespaceNotSelected" }]);
  });

  it("selects every namespace that the snapshot does not have", async () => {
    const [entry] = await entries(["-f", "a.yaml", "--snapshot", "snapshot"], { "a.yaml": pod });
    expect(entry).toMatchObject({ mode: "enforce", decision: { kind: "patch" } });
  });
});

function statefulSet(mode: string): string {
  return `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates: [{metadata: {name: data}, spec: {volumeMode: ${mode}}}]
  template:
    spec:
      runtimeClassName: kata-clh
      containers: [{name: a, ${mode === "Block" ? "volumeDevices: [{name: data, devicePath: /dev/x}]" : "volumeMounts: [{name: data, mountPath: /x}]"}}]
`;
}

describe("StatefulSet", () => {
  it("is judged with the claims that it will make", async () => {
    const files = { "block.yaml": statefulSet("Block"), "fs.yaml": statefulSet("Filesystem") };
    const found = await entries(["-f", "block.yaml", "-f", "fs.yaml", "--snapshot", "snapshot"], files);
    expect(found.map(({ decision }) => [decision.kind, ...decision.findings.map(({ reason }) => reason)])).toEqual([
      ["patch"],
      ["skip", "FilesystemClaim"],
    ]);
    expect(found[1]?.decision.findings[0]?.path).toBe("/spec/volumes/0/persistentVolumeClaim");
  });

  it("shows the claim's own place to a person", async () => {
    const { stdout } = await explain(["-f", "fs.yaml", "--snapshot", "snapshot"], {
      "fs.yaml": statefulSet("Filesystem"),
    });
    expect(stdout).toContain("FilesystemClaim at spec.volumeClaimTemplates[0] (Filesystem)");
  });
});

describe("nodes' reports", () => {
  const node = `
apiVersion: v1
kind: Node
metadata:
  name: a
  annotations:
    kata-thp.dev/report: '{"v":1,"observedAt":"2026-11-23T12:00:00Z","handlers":{},"thp":{"enabled":"always"}}'
`;

  it("are as old as --now says", async () => {
    const files = { "a.yaml": GOOD, "snapshot/node.yaml": node };
    const at = async (now: string): Promise<unknown[]> =>
      (await entries(["-f", "a.yaml", "--snapshot", "snapshot", "--now", now], files)).map(({ decision }) => [
        decision.kind,
        ...decision.findings.map(({ reason }) => reason),
      ]);
    expect(await at("2026-11-23T13:00:00Z")).toEqual([["patch"]]);
    expect(await at("2026-11-30T12:00:00Z")).toEqual([["skip", "EvidenceStale"]]);
  });
});

describe("flags", () => {
  it("tells them all with --help", async () => {
    const { code, stdout } = await runKataThp(["explain", "--help"]);
    expect(code).toBe(0);
    for (const flag of ["--filename", "--policy", "--snapshot", "--mode", "--now", "--output", "--namespace"]) {
      expect(stdout).toContain(flag);
    }
  });
});

describe("what was assumed is said beside the table, and only there", () => {
  const files = {
    "a.yaml": `${BAD}---\n${GOOD}`,
    "snapshot/shop.yaml":
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {kata-thp.dev/mode: enforce}}\n",
  };

  it("names a namespace that the snapshot has not", async () => {
    const run = await explain(["-f", "a.yaml", "--snapshot", "snapshot"], files);
    expect(run.stderr).toBe(
      "kata-thp: the snapshot has no Namespace default: it is taken as labelled kata-thp.dev/mode: enforce\n",
    );
  });

  it("says that nothing is known without a snapshot", async () => {
    expect((await explain(["-f", "a.yaml"], files)).stderr).toMatch(/^kata-thp: no --snapshot: nothing is known/);
  });

  it("is silent with --mode, and in formats for programs", async () => {
    for (const more of [
      ["--mode", "enforce"],
      ["-o", "json"],
      ["-o", "yaml"],
      ["-o", "patch"],
    ]) {
      expect((await explain(["-f", "a.yaml", "--snapshot", "snapshot", ...more], files)).stderr).toBe("");
    }
  });
});
