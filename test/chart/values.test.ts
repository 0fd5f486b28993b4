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
  ])("refuses %s", async (_, values, said) => {
    expect(await refusal(values)).toMatch(said);
  });

  it("lets global through, which helm hands to every subchart", async () => {
    expect(await refusal({ global: { anything: 1 } })).toBe("");
  });
});

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
