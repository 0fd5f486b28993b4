import { describe, expect, it } from "vitest";
import { type Manifest, parseManifests } from "../../src/cluster/manifest.ts";

async function manifestsOf(text: string): Promise<readonly Manifest[]> {
  const parsed = await parseManifests("f.yaml", text);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join("\n"));
  return parsed.manifests;
}

async function errorsOf(text: string): Promise<readonly string[]> {
  const parsed = await parseManifests("f.yaml", text);
  return parsed.kind === "invalid" ? parsed.errors : [];
}

describe("parseManifests", () => {
  it("reads several documents and passes over empty ones, which still count", async () => {
    const manifests = await manifestsOf(
      "# only a comment\n---\napiVersion: v1\nkind: A\n---\n---\napiVersion: v1\nkind: B\n",
    );
    expect(manifests.map(({ kind, source }) => [kind, source.document])).toEqual([
      ["A", 0],
      ["B", 2],
    ]);
  });

  it("takes Lists apart, also of a type that names the items' kind", async () => {
    const list = `
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Pod}
  - apiVersion: apps/v1
    kind: DeploymentList
    items: [{metadata: {name: x}}]
`;
    expect((await manifestsOf(list)).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      "v1 Pod",
      "apps/v1 Deployment",
    ]);
  });

  it.each([20, 21, 5_000])("takes Lists apart that are in 20 of each other, and refuses more: %d", async (lists) => {
    let text = '{"apiVersion":"v1","kind":"Pod"}';
    for (let count = 0; count < lists; count += 1) text = `{"apiVersion":"v1","kind":"List","items":[${text}]}`;
    const path = Array(20).fill("items[0]").join(".");
    expect(await errorsOf(text)).toEqual(
      lists === 20
        ? []
        : [
            `f.yaml:1: document 1 of 1: ${path} is a List within 20 Lists; allowed: 20 within each other, so put its items into one of those around it`,
          ],
    );
  });

  it("reads YAML 1.1 as kubectl does", async () => {
    const [manifest] = await manifestsOf(
      "apiVersion: v1\nkind: A\nflag: yes\nmode: 0644\nday: 2026-11-23\ntime: 12:30\nbase: &b {x: 1}\nmerged: {<<: *b, z: 2}\n",
    );
    expect(manifest?.value).toMatchObject({
      flag: true,
      mode: 420,
      day: "2026-11-23",
      time: "12:30",
      merged: { x: 1, z: 2 },
    });
  });

  it.each([
    ["not YAML", "apiVersion: v1\nkind: [A\n", /^f\.yaml:3: document 1 of 1: not YAML: /],
    ["a tab", "apiVersion: v1\n\tkind: A\n", /^f\.yaml:2: document 1 of 1: not YAML: Tabs/],
    ["a key twice", "apiVersion: v1\nkind: A\nkind: B\n", /^f\.yaml:3: .*not YAML: .*unique/],
    [
      "a scalar",
      "just text\n",
      /^f\.yaml:1: document 1 of 1: the document must be an object with apiVersion and kind$/,
    ],
    ["a list", "- a\n", /^f\.yaml:1: .* must be an object/],
    ["no kind", "apiVersion: v1\nmetadata: {}\n", /^f\.yaml:1: document 1 of 1: kind must be given, as in kind: Pod$/],
    ["no apiVersion", "---\n---\nkind: Pod\n", /^f\.yaml:3: document 2 of 2: apiVersion must be given/],
    [
      "a List without items",
      "apiVersion: v1\nkind: List\nitems: x\n",
      /^f\.yaml:3: .*: items must be a list of objects$/,
    ],
    [
      "a List with a stray item",
      "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: A}\n  - 5\n",
      /^f\.yaml:5: .*: items\[1\] must be an object/,
    ],
    ["a bomb of aliases", bomb(), /^f\.yaml:1: .*not YAML: .*alias/i],
    ["very deep brackets", "[".repeat(100_000), /^f\.yaml:1: document 1 of 1: not YAML: /],
    ["broken JSON", '{"apiVersion": "v1",\n "kind": }x', /^f\.yaml:2: document 1 of 1: not YAML: /],
  ])("refuses %s with its line", async (_, text, error) => {
    const [first = "no error"] = await errorsOf(text);
    expect(first).toMatch(error);
  });

  it("tells the errors of every document", async () => {
    expect(await errorsOf("a: 1\n---\nb: 1\n")).toHaveLength(2);
  });

  it("is not fooled by keys that name the prototype", async () => {
    const [manifest] = await manifestsOf("apiVersion: v1\nkind: A\n__proto__: {polluted: true}\n");
    expect(manifest?.value["polluted"]).toBeUndefined();
  });

  it.each([
    ["YAML", 'apiVersion: v1\nkind: Pod\nspec:\n  volumes:\n    - name: a\n    - name:\n        x: 1\n  "a/b": 1\n'],
    [
      "JSON",
      '{"apiVersion": "v1",\n"kind": "Pod",\n"spec": {\n"volumes": [\n{"name": "a"},\n{"name":\n{"x": 1}}],\n"a/b": 1}}',
    ],
  ])("finds the line of a field in %s", async (_, text) => {
    const [pod] = await manifestsOf(text);
    const place = async (path: (string | number)[]): Promise<string | undefined> => pod?.place(path);
    expect(await place(["spec", "volumes", 1, "name"])).toBe("f.yaml:6: document 1 of 1: spec.volumes[1].name");
    expect(await place(["spec", "a/b"])).toBe('f.yaml:8: document 1 of 1: spec["a/b"]');
    // What is not there is looked for in what is around it.
    expect(await place(["spec", "volumes", 0, "hostPath", "path"])).toMatch(/^f\.yaml:5: /);
    expect(await place([])).toBe("f.yaml:1: document 1 of 1: the Pod");
  });

  it("says what a field must be and what it is", async () => {
    const [item] = await manifestsOf("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: 5\n");
    expect(await item?.misfit(["spec"], "an object")).toBe(
      "f.yaml:6: document 1 of 1: items[0].spec must be an object, not 5",
    );
    expect(await item?.misfit(["metadata"], "given")).toBe(
      "f.yaml:4: document 1 of 1: items[0].metadata must be given; it is missing",
    );
  });

  it("calls standard input by its name", async () => {
    const parsed = await parseManifests("-", "5\n");
    expect(parsed).toMatchObject({ errors: [expect.stringMatching(/^standard input:1: /)] });
  });
});

function bomb(): string {
  const levels = Array.from({ length: 10 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`);
  return `a0: &a0 [x]\n${levels.join("\n")}\n`;
}
