import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { BLOCKING_RULE_REASONS, DEGRADING_REASONS } from "../../src/engine/reasons.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { type JsonSchema, POLICY_SCHEMA } from "../../src/policy/policy-schema.ts";

const root = new URL("../../", import.meta.url);

it("is what docs/policy.schema.json holds (else: npx node tools/generate-policy-schema.ts)", async () => {
  const written = await readFile(new URL("docs/policy.schema.json", root), "utf8");
  expect(written).toBe(`${JSON.stringify(POLICY_SCHEMA, null, 2)}\n`);
});

it("is strict, described and self-contained everywhere, so that it can stand inside another schema", () => {
  const places: string[] = [];
  const visit = (schema: JsonSchema, path: string): void => {
    places.push(path);
    expect(schema.description, path).toMatch(/\.$/);
    if (schema.type === "object") expect(schema.additionalProperties, path).toBe(false);
    if (schema.pattern !== undefined) expect(() => new RegExp(schema.pattern ?? "", "u"), path).not.toThrow();
    for (const [name, property] of Object.entries(schema.properties ?? {})) visit(property, `${path}.${name}`);
    if (schema.items !== undefined) visit(schema.items, `${path}[]`);
  };
  visit(POLICY_SCHEMA, "policy");
  expect(places.length).toBeGreaterThan(40);
  expect(JSON.stringify(POLICY_SCHEMA)).not.toMatch(/"\$(?:ref|id|defs)"|"definitions"/);
});

it("knows every reason that a policy may name", () => {
  expect(Object.keys(POLICY_SCHEMA.properties?.["rules"]?.properties ?? {})).toEqual(DEGRADING_REASONS);
  expect(POLICY_SCHEMA.properties?.["dangerouslyAllow"]?.items?.enum).toEqual(BLOCKING_RULE_REASONS);
});

it("judges alike as draft-07 and as 2020-12", () => {
  const { $schema: _, ...schema } = POLICY_SCHEMA;
  const [draft7, draft2020] = [new Ajv().compile(schema), new Ajv2020().compile(schema)];
  const head = { apiVersion: "kata-thp.dev/v1alpha1", kind: "Policy" };
  for (const [policy, isValid] of [
    [head, true],
    [{ ...head, targets: [{ runtimeClass: "a.b-c" }] }, true],
    [{ ...head, targets: [{ runtimeClass: "a..b" }] }, false],
    [{ ...head, targets: [{ runtimeClass: "-a" }] }, false],
    [{ ...head, more: 1 }, false],
    [{ ...head, rollout: { percent: 101 } }, false],
  ] as const) {
    expect([draft7(policy), draft2020(policy)], JSON.stringify(policy)).toEqual([isValid, isValid]);
  }
});

it("lets every example pass, with no warning", async () => {
  const folders = (await readdir(new URL("examples/", root), { withFileTypes: true })).filter((each) =>
    each.isDirectory(),
  );
  expect(folders.length).toBeGreaterThanOrEqual(4);
  for (const { name } of folders) {
    const file = fileURLToPath(new URL(`examples/${name}/policy.yaml`, root));
    const text = await readFile(file, "utf8");
    expect(parsePolicy(text, file), file).toMatchObject({ kind: "policy", warnings: [] });
    expect(new Ajv().validate(POLICY_SCHEMA, parse(text)), file).toBe(true);
  }
});
