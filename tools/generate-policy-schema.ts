// Writes what follows from src/policy/policy-schema.ts: docs/policy.schema.json, and the checker that ajv makes of it.
// With --check it writes nothing and exits 1 if a file is not what would be written.
import { readFile, writeFile } from "node:fs/promises";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { POLICY_SCHEMA } from "../src/policy/policy-schema.ts";

// Lengths in UTF-16 units, so that the checker needs nothing of ajv's at run time; ajv warns of that option.
const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  unicode: false,
  logger: false,
  code: { source: true, esm: true },
});
const checker = standalone.default(ajv, ajv.compile(POLICY_SCHEMA));
if (checker.includes("require(")) throw new Error("the checker needs a part of ajv at run time");

const wanted: ReadonlyMap<string, string> = new Map([
  ["docs/policy.schema.json", `${JSON.stringify(POLICY_SCHEMA, null, 2)}\n`],
  [
    "src/policy/policy-validator.js",
    `// Made by tools/generate-policy-schema.ts; npm run generate makes it anew.\n${checker}\n`,
  ],
]);

for (const [name, text] of wanted) {
  const file = new URL(`../${name}`, import.meta.url);
  if ((await readFile(file, "utf8").catch(() => "")) === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${name} is stale: run npm run generate`);
    process.exitCode = 1;
  } else {
    await writeFile(file, text);
    console.log(`wrote ${name}`);
  }
}
