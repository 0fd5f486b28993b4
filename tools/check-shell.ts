// Every shell script that git tracks, and every `run` of the workflows: read by bash, and by shellcheck where it is.
// Exits 1 on a finding. That shellcheck is missing is said loudly; with --require-shellcheck it is a finding too.
import { execFileSync, spawnSync } from "node:child_process";
import { checkShell, type ShellText, shellTextsIn } from "./shell/shell-texts.ts";

const ROOT = `${import.meta.dirname}/..`;

const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const files = tracked.split("\0").filter((file) => file !== "");
const texts: readonly ShellText[] = shellTextsIn(ROOT, files);
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;
const findings = texts.flatMap((text) => checkShell(text, hasShellcheck));
if (!hasShellcheck) {
  const missing = "shellcheck is not installed (Debian: apt-get install shellcheck)";
  if (process.argv.includes("--require-shellcheck")) findings.push(missing);
  else console.error(`LEFT OUT: ${missing}; scripts were only read by bash -n.`);
}
for (const finding of findings) console.error(finding);
console.log(
  `shell: ${texts.length} scripts, ${findings.length} findings${hasShellcheck ? "" : ", shellcheck left out"}`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
