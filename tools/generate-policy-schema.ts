// Writes docs/policy.schema.json from src/policy/policy-schema.ts. With --check it writes nothing and exits 1 if the
// file is not what would be written.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { POLICY_SCHEMA } from "../src/policy/policy-schema.ts";

const file = fileURLToPath(new URL("../docs/policy.schema.json", import.meta.url));
const wanted = `${JSON.stringify(POLICY_SCHEMA, null, 2)}\n`;

if (process.argv.includes("--check")) {
  const current = await readFile(file, "utf8").catch(() => "");
  if (current !== wanted) {
    console.error("docs/policy.schema.json is stale: run npx node tools/generate-policy-schema.ts");
    process.exitCode = 1;
  }
} else {
  await writeFile(file, wanted);
}
