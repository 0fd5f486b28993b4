import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readValues } from "../../tools/chart-values/read-values.ts";
import { buildValuesTable } from "../../tools/chart-values/values-table.ts";
import { CHART, ROOT, TEMPLATE_ARGS, tryHelm } from "./helm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

/** What helm says to values, all in one line; empty where it takes them. */
async function refusal(values: unknown): Promise<string> {
  const { exitCode, stderr } = await tryHelm(TEMPLATE_ARGS, { values });
  return exitCode === 0 ? "" : stderr.replaceAll(/\s+/g, " ");
}

describe("values.schema.json", () => {
  it("and the tables of both READMEs are what values.yaml gives", async () => {
    await run(process.execPath, ["tools/generate-chart-values.ts", "--check"], { cwd: ROOT });
  });

  it("is a schema that takes the values as they come", () => {
    const schema = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")) as object;
    const validate = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema);
    expect(validate(parse(readFileSync(join(CHART, "values.yaml"), "utf8"))), JSON.stringify(validate.errors)).toBe(
      true,
    );
  });

  it.each([
    ["a misspelt value", { replicas: 2 }, /replicas/],
    ["a misspelt value below", { webhook: { failurepolicy: "Fail" } }, /\/webhook.*failurepolicy/],
    ["another failurePolicy", { webhook: { failurePolicy: "Maybe" } }, /failurePolicy.*Ignore.*Fail/],
    ["no replica", { replicaCount: 0 }, /replicaCount.*1/],
    ["memory in other units", { resources: { limits: { memory: "1e9" } } }, /limits\/memory/],
    ["no memory limit", { resources: { limits: { memory: null } } }, /limits.*memory/],
    ["a digest that is none", { image: { digest: "sha256:abc" } }, /digest/],
    ["an unknown certificate source", { certificate: { source: "vault" } }, /source/],
    ["a policy with a misspelt field", { policy: { targets: [{ runtimeclass: "x" }] } }, /policy.*runtimeclass/],
    ["a policy with another selection", { policy: { targets: [{ runtimeClass: "x", selection: "any" }] } }, /policy/],
    ["a policy without targets", { policy: { targets: [] } }, /policy\/targets/],
    ["a fullnameOverride that no object may have", { fullnameOverride: "Ab_c" }, /fullnameOverride/],
    ["a fullnameOverride that no Service may have", { fullnameOverride: "1a" }, /fullnameOverride/],
    ["a nameOverride that is no name", { nameOverride: "a.b" }, /nameOverride/],
    ["a Secret that none is called", { certificate: { secretName: "Bad_Name" } }, /certificate\/secretName/],
    ["a ServiceAccount that none is called", { serviceAccount: { name: "a b" } }, /serviceAccount\/name/],
    ["a ConfigMap that none is called", { tls: { clientCA: { configMap: "a..b" } } }, /clientCA\/configMap/],
    ["a Secret of CAs that none is called", { tls: { clientCA: { secret: "-a" } } }, /clientCA\/secret/],
    ["a PriorityClass that none is called", { priorityClassName: "High" }, /priorityClassName/],
    ["a namespace that none is called", { webhook: { excludedNamespaces: ["a.b"] } }, /excludedNamespaces/],
    ["a repository with a tag", { image: { repository: "r/x:tag" } }, /image\/repository/],
    ["a repository with a tag and no registry", { image: { repository: "x:tag" } }, /image\/repository/],
    ["a repository with a digest", { image: { repository: "r/x@sha256:0123" } }, /image\/repository/],
    ["a repository that is an address of the web", { image: { repository: "https://r.example/x" } }, /repository/],
    ["a repository in capitals", { image: { repository: "r.example/Team/x" } }, /image\/repository/],
    ["a tag with a digest", { image: { tag: "v1@sha256:0123" } }, /image\/tag/],
    ["CPU that is no quantity", { resources: { requests: { cpu: "fifty" } } }, /requests\/cpu/],
    ["CPU in a unit that is none", { resources: { limits: { cpu: "50mi" } } }, /limits\/cpu/],
    ["CPU below nothing", { resources: { requests: { cpu: -1 } } }, /requests\/cpu/],
    ["memory that is no quantity", { resources: { requests: { memory: "128 Mi" } } }, /requests\/memory/],
    ["storage that is no quantity", { resources: { limits: { "ephemeral-storage": "1GB" } } }, /ephemeral-storage/],
    ["a peer that is nobody", { networkPolicy: { reviewsFrom: [{}] } }, /reviewsFrom\/0/],
    ["a peer with a misspelt field", { networkPolicy: { reviewsFrom: [{ ipblock: {} }] } }, /reviewsFrom.*ipblock/],
    ["a scraper that is nobody", { networkPolicy: { metricsFrom: [{}] } }, /metricsFrom\/0/],
  ])("refuses %s", async (_, values, said) => {
    expect(await refusal(values)).toMatch(said);
  });

  it.each(["x", "team/x", "localhost/x", "localhost:5000/x", "r.example:443/a/b__c-d.e", "[::1]:5000/x"])(
    "lets the repository %s through",
    async (repository) => {
      expect(await refusal({ image: { repository, tag: "v1.0_a-b" } })).toBe("");
    },
  );

  it.each(["50m", "0.5", ".5", "1.", 1, 0.25, "2k", "1e2", "1E-1"])("lets %j of CPU through", async (cpu) => {
    const resources = { requests: { cpu, "ephemeral-storage": "64Mi" }, limits: { cpu, "example.com/device": 1 } };
    expect(await refusal({ resources })).toBe("");
  });

  it("lets global through, which helm hands to every subchart", async () => {
    expect(await refusal({ global: { anything: 1 } })).toBe("");
  });
});

describe("a value that is null, which helm takes out before it looks at the schema,", () => {
  const values = readValues(join(CHART, "values.yaml"));
  const paths = values.flatMap(function below({ path, children }): string[] {
    return [path, ...(children ?? []).flatMap(below)];
  });

  it("is refused by name, or as good as its default where that is empty", async () => {
    const sections = values.filter(({ children }) => children !== null).map(({ path }) => path);
    const wrong: string[] = [];
    for (const path of paths) {
      const said = await refusal(nested(path.split("."), null));
      const key = path.slice(path.lastIndexOf(".") + 1);
      const isSaid = said.includes(`missing property '${key}'`);
      if (sections.includes(path) ? !isSaid : said !== "" && !isSaid) wrong.push(`${path}: ${said}`);
    }
    expect(wrong).toEqual([]);
    expect(sections).toContain("tls");
  }, 60_000);
});

function nested([key, ...rest]: readonly string[], value: unknown): unknown {
  return key === undefined ? value : { [key]: nested(rest, value) };
}

describe("buildValuesTable", () => {
  it("refuses a path that is no value any more", () => {
    const values = readValues(join(CHART, "values.yaml"));
    expect(buildValuesTable(values, ["server.port"]).split("\n").at(-1)).toMatch(/^\| `server\.port` \| `10250` \| \S/);
    expect(() => buildValuesTable(values, ["server.sport"])).toThrow("values.yaml has no value server.sport");
  });
});

describe("readValues", () => {
  it("names the line of a value that nobody described", async () => {
    const file = join(await temporaryFolder(), "values.yaml");
    await writeFile(file, "# Described.\na: 1\n\nb:\n  # Above a blank line.\n\n  c: 2\n");
    expect(() => readValues(file)).toThrow(`${file}:7: b.c has no description`);
  });

  it("reads comment, default and refinement", async () => {
    const file = join(await temporaryFolder(), "values.yaml");
    await writeFile(file, "a:\n  # Two\n  # lines.\n  # @schema {minimum: 1}\n  b: 2\n");
    expect(readValues(file)).toMatchObject([
      {
        path: "a",
        children: [{ path: "a.b", description: "Two lines.", schema: { minimum: 1 }, defaultValue: 2, children: null }],
      },
    ]);
  });
});
