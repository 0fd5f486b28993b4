import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { auditVerdict } from "../../tools/dependencies/audit-verdict.ts";
import { lockfileProblems } from "../../tools/dependencies/lockfile-problems.ts";

function lock(packages: Record<string, object>): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { "": { name: "x" }, ...packages } });
}
const good = { version: "1.0.0", integrity: "sha512-x", license: "MIT" };

describe("the lockfile", () => {
  test("of this project has no problem", () => {
    expect(lockfileProblems(readFileSync("package-lock.json", "utf8"))).toEqual([]);
  });
  test.each([
    ["a licence that asks for more", { ...good, license: "AGPL-3.0" }, "AGPL-3.0"],
    ["no licence", { version: "1.0.0", integrity: "x" }, "(none)"],
    ["both licences at once", { ...good, license: "MIT AND GPL-3.0" }, "MIT AND GPL-3.0"],
    ["an install script", { ...good, hasInstallScript: true }, "install script"],
    ["no hash", { version: "1.0.0", license: "MIT" }, "integrity"],
    ["no hash in a development package", { version: "1.0.0", dev: true }, "integrity"],
  ])("%s is a problem that names the package", (_, entry, words) => {
    const problems = lockfileProblems(lock({ "node_modules/a": good, "node_modules/b": entry }));
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(problems[0]).toContain('packages["node_modules/b"] (1.0.0)');
  });
  test("a choice with one allowed licence will do", () => {
    expect(lockfileProblems(lock({ "node_modules/a": { ...good, license: "(GPL-2.0 OR MIT)" } }))).toEqual([]);
  });
  test("a development package may have any licence", () => {
    expect(lockfileProblems(lock({ "node_modules/a": { ...good, license: "MPL-2.0", dev: true } }))).toEqual([]);
  });
  test.each([
    ["of another version", JSON.stringify({ lockfileVersion: 1, dependencies: {} }), "lockfileVersion is 1"],
    ["that pins nothing", lock({}), "packages is empty"],
  ])("a file %s is a problem", (_, text, words) => {
    expect(lockfileProblems(text)).toEqual([expect.stringContaining(words)]);
  });
});

describe("npm's audit", () => {
  const report = (severity: string): string =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities: { a: { severity, range: "<2", fixAvailable: false } } });
  test.each(["moderate", "high", "critical"])("%s is a finding that names the package", (severity) => {
    expect(auditVerdict(report(severity))).toEqual({
      kind: "vulnerable",
      findings: [`a <2: ${severity}; no fixed release yet`],
    });
  });
  test("low and none at all are clean", () => {
    expect(auditVerdict(report("low"))).toEqual({ kind: "clean" });
    expect(auditVerdict(JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} }))).toEqual({ kind: "clean" });
  });
  test.each([
    ["a registry that has none", JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 }), "405"],
    ["no JSON", "npm ERR! network", "network"],
    ["nothing", "", "no JSON"],
    ["JSON that is no report", "[]", "no report"],
  ])("%s is never clean", (_, text, words) => {
    expect(auditVerdict(text)).toEqual({ kind: "unanswered", why: expect.stringContaining(words) as string });
  });
});
