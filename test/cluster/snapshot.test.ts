import { execFile } from "node:child_process";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { emptyReader, loadSnapshot, type Snapshot } from "../../src/cluster/snapshot.ts";
import { placementOf } from "../../src/engine/placement.ts";
import { manifestFolder } from "./manifest-folder.ts";

const now = (): Date => new Date("2026-11-23T12:00:00Z");
const ANYWHERE = placementOf({ spec: {} }, []);

const CLASSES = `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata-clh}
handler: kata-clh
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: b-variant, annotations: {kata-thp.dev/variant-of: kata-clh}}
handler: b
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: a-variant, annotations: {kata-thp.dev/variant-of: kata-clh}}
handler: a
`;

async function snapshotOf(files: Readonly<Record<string, string>>): Promise<Snapshot> {
  const loaded = await loadSnapshot(await manifestFolder(files), now);
  if (loaded.kind === "invalid") throw new Error(loaded.errors.join("\n"));
  return loaded;
}

async function errorsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const dir = await manifestFolder(files);
  const loaded = await loadSnapshot(dir, now);
  return loaded.kind === "invalid" ? loaded.errors.map((error) => error.replaceAll(`${dir}/`, "")) : [];
}

function claim(metadata: string, spec: string): string {
  return `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

describe("loadSnapshot", () => {
  it("answers for RuntimeClasses by name and by what they stand in for", async () => {
    const { reader } = await snapshotOf({ "classes.yaml": CLASSES });
    expect(reader.runtimeClass("kata-clh")).toMatchObject({ kind: "known", value: { handler: "kata-clh" } });
    expect(reader.runtimeClass("other")).toEqual({ kind: "unknown", why: "not found" });
    const variants = reader.variantsOf("kata-clh");
    expect(variants.kind === "known" && variants.value.map(({ name }) => name)).toEqual(["a-variant", "b-variant"]);
    expect(reader.variantsOf("other")).toEqual({ kind: "known", value: [] });
  });

  it("does not take a class that names itself for its own variant", async () => {
    const text = CLASSES.replaceAll("b-variant", "kata-clh-2").replaceAll(
      "variant-of: kata-clh",
      "variant-of: kata-clh-2",
    );
    const { reader } = await snapshotOf({ "classes.yaml": text });
    expect(reader.variantsOf("kata-clh-2")).toMatchObject({ kind: "known", value: [{ name: "a-variant" }] });
  });

  it("knows the RuntimeClasses even where there are none, and the Nodes only where there is one", async () => {
    const { reader, modeOf, notes } = await snapshotOf({});
    expect(notes).toEqual(["the snapshot has no RuntimeClass (node.k8s.io/v1), so none can stand in for another"]);
    expect(reader.runtimeClass("kata-clh")).toEqual({ kind: "unknown", why: "not found" });
    expect(reader.variantsOf("kata-clh")).toEqual({ kind: "known", value: [] });
    expect(reader.nodes(ANYWHERE)).toEqual({ kind: "unknown", why: "not found" });
    expect(await reader.claimMode("a", "b", 1)).toEqual({ kind: "unknown", why: "not found" });
    expect(reader.namespaceLabels("a")).toBeNull();
    expect(modeOf("a")).toBeNull();
  });

  it("answers with the nodes that a pod could go to, with their reports' age by the given clock", async () => {
    const report = '{"v":1,"observedAt":"2026-11-23T11:58:20Z","handlers":{}}';
    const { reader } = await snapshotOf({
      "nodes.yaml": `
apiVersion: v1
kind: NodeList
items:
  - metadata: {name: a, labels: {zone: one}, annotations: {kata-thp.dev/report: '${report}'}}
  - metadata: {name: b, labels: {zone: two}}
`,
    });
    expect(reader.nodes(placementOf({ spec: { nodeSelector: { zone: "one" } } }, []))).toEqual({
      kind: "known",
      value: [{ nodes: 1, runtimeHandlers: null, report: { ageSeconds: 100, handlers: {} } }],
    });
    expect(reader.nodes(placementOf({ spec: { nodeSelector: { zone: "three" } } }, []))).toEqual({
      kind: "known",
      value: [],
    });
    const anywhere = reader.nodes(ANYWHERE);
    expect(anywhere.kind === "known" && anywhere.value).toHaveLength(2);
  });

  it("answers for claims by namespace, with Filesystem where the claim says nothing", async () => {
    const { reader } = await snapshotOf({
      "a.yaml": claim("{name: data, namespace: one}", "{volumeMode: Block}"),
      "b.yml": claim("{name: data, namespace: two}", "{}"),
      "c.json": JSON.stringify({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" } }),
    });
    expect(await reader.claimMode("one", "data", 1)).toEqual({ kind: "known", value: "Block" });
    expect(await reader.claimMode("two", "data", 1)).toEqual({ kind: "known", value: "Filesystem" });
    expect(await reader.claimMode("default", "data", 1)).toEqual({ kind: "known", value: "Filesystem" });
    expect(await reader.claimMode("one", "other", 1)).toEqual({ kind: "unknown", why: "not found" });
  });

  it("answers for Namespaces: labels, and the mode that they say", async () => {
    const { reader, modeOf } = await snapshotOf({
      "ns.yaml": ["enforce", "observe", "disabled"]
        .map(
          (mode) =>
            `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${mode}, labels: {kata-thp.dev/mode: ${mode}}}\n`,
        )
        .concat("apiVersion: v1\nkind: Namespace\nmetadata: {name: bare}\n")
        .join("---\n"),
    });
    expect(["enforce", "observe", "disabled", "bare", "absent"].map(modeOf)).toEqual([
      "enforce",
      "observe",
      null,
      null,
      null,
    ]);
    expect(reader.namespaceLabels("observe")).toEqual({ "kata-thp.dev/mode": "observe" });
    expect(reader.namespaceLabels("bare")).toEqual({});
    expect(reader.namespaceLabels("absent")).toBeNull();
  });

  it("reads subfolders, and counts what it does not use", async () => {
    const { reader, notes } = await snapshotOf({
      "deep/er/classes.yaml": CLASSES,
      "notes.txt": "not: [yaml",
      "more.yaml":
        "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n---\napiVersion: node.k8s.io/v1beta1\nkind: RuntimeClass\n",
    });
    expect(reader.runtimeClass("kata-clh").kind).toBe("known");
    expect(notes).toEqual([
      "the snapshot has objects of kinds that are not used: 1 node.k8s.io/v1beta1 RuntimeClass, 2 v1 Service",
    ]);
  });

  it("reads a mounted ConfigMap once, though its files are links into a hidden folder", async () => {
    const dir = await manifestFolder({});
    await mkdir(join(dir, "..2026_11_23"));
    await writeFile(join(dir, "..2026_11_23", "classes.yaml"), CLASSES);
    await symlink("..2026_11_23", join(dir, "..data_tmp"));
    await rename(join(dir, "..data_tmp"), join(dir, "..data"));
    await symlink("..data/classes.yaml", join(dir, "classes.yaml"));
    const loaded = await loadSnapshot(dir, now);
    expect(loaded.kind === "snapshot" && loaded.reader.runtimeClass("kata-clh").kind).toBe("known");
  });

  it("is not led in circles by a link", async () => {
    const dir = await manifestFolder({ "classes.yaml": CLASSES });
    await symlink(".", join(dir, "again"));
    expect((await loadSnapshot(dir, now)).kind).toBe("snapshot");
  });

  it("names what cannot be read below the folder, and reads on", async () => {
    const dir = await manifestFolder({ "a.yaml": CLASSES, "folder.yaml/b.yaml": "5\n" });
    await symlink("nowhere", join(dir, "dangling.yaml"));
    await symlink("circle", join(dir, "circle"));
    const pipe = join(dir, "pipe.json");
    await promisify(execFile)("mkfifo", [pipe]);
    const loaded = await loadSnapshot(dir, now);
    expect(loaded.kind === "invalid" && loaded.errors.map((error) => error.replaceAll(`${dir}/`, ""))).toEqual([
      "circle: cannot be read: ELOOP: too many symbolic links encountered, stat 'circle'",
      "dangling.yaml: is a link that leads nowhere; remove it, or put there what it should lead to",
      "folder.yaml/b.yaml:1: document 1 of 1: the document must be an object with apiVersion and kind",
      "pipe.json: is no file; allowed in a folder: files and folders. Take it away, or name it otherwise",
    ]);
  });

  it.each([
    [
      "the same object twice",
      {
        "a.yaml": CLASSES,
        "b.yaml": "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: kata-clh\nhandler: x\n",
      },
      [
        "b.yaml:4: document 1 of 1: metadata.name: RuntimeClass kata-clh is there twice; the first is at a.yaml:4: document 1 of 3: metadata.name",
      ],
    ],
    [
      "a RuntimeClass without handler",
      { "a.yaml": "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\n" },
      ["a.yaml:1: document 1 of 1: handler must be a string; it is missing"],
    ],
    [
      "a Node whose taints are no list",
      { "a.yaml": "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec:\n  taints: none\n" },
      ['a.yaml:5: document 1 of 1: spec.taints must be a list, not "none"'],
    ],
    [
      "a claim of another mode",
      { "a.yaml": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {volumeMode: block}\n" },
      ['a.yaml:4: document 1 of 1: spec.volumeMode must be Filesystem or Block, not "block"'],
    ],
    [
      "a label that is no string",
      { "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    kata-thp.dev/mode: true\n" },
      ['a.yaml:6: document 1 of 1: metadata.labels["kata-thp.dev/mode"] must be a string, not true'],
    ],
    [
      "errors of several files at once",
      { "a.yaml": "5\n", "b.yaml": "apiVersion: v1\nkind: Namespace\n" },
      [
        "a.yaml:1: document 1 of 1: the document must be an object with apiVersion and kind",
        "b.yaml:1: document 1 of 1: metadata must be given; it is missing",
      ],
    ],
  ])("refuses %s, with file, line and field", async (_, files, errors) => {
    expect(await errorsOf(files)).toEqual(errors);
  });

  it("says that it needs a folder", async () => {
    const dir = await manifestFolder({ "a.yaml": CLASSES });
    for (const path of [join(dir, "absent"), join(dir, "a.yaml")]) {
      const loaded = await loadSnapshot(path, now);
      expect(loaded).toMatchObject({
        kind: "invalid",
        errors: [expect.stringContaining(`${path}: a snapshot must be a folder`)],
      });
    }
  });
});

describe("emptyReader", () => {
  it("knows nothing, which is not the same as no", async () => {
    const reader = emptyReader();
    const notSynced = { kind: "unknown", why: "not synced" };
    expect(reader.runtimeClass("kata-clh")).toEqual(notSynced);
    expect(reader.variantsOf("kata-clh")).toEqual(notSynced);
    expect(reader.nodes(ANYWHERE)).toEqual({ kind: "unknown", why: "not found" });
    expect(await reader.claimMode("a", "b", 1)).toEqual(notSynced);
    expect(reader.namespaceLabels("a")).toBeNull();
  });
});
