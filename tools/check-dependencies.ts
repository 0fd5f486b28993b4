// Licences, pins and install scripts from package-lock.json, then npm's audit of what is shipped.
// Exits 1 on a problem. A registry without an audit is said loudly; with --require-audit that is a problem too.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { auditVerdict } from "./dependencies/audit-verdict.ts";
import { lockfileProblems } from "./dependencies/lockfile-problems.ts";

const problems = [...lockfileProblems(readFileSync("package-lock.json", "utf8"))];
const audit = spawnSync("npm", ["audit", "--omit", "dev", "--json"], { encoding: "utf8", timeout: 60_000 });
const verdict = auditVerdict(audit.stdout ?? "");
if (verdict.kind === "vulnerable") problems.push(...verdict.findings);
if (verdict.kind === "unanswered") {
  const sentence = `the audit of dependencies: ${verdict.why}`;
  if (process.argv.includes("--require-audit")) problems.push(sentence);
  else process.stderr.write(`LEFT OUT: ${sentence}. It runs where the registry offers one.\n`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`dependencies: ${problems.length} problems, audit ${verdict.kind}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
