import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const COMMAND = fileURLToPath(new URL("run.ts", import.meta.url));
const GO = fileURLToPath(new URL("vectors/3.32.0-go.jsonl", import.meta.url));
const RS = fileURLToPath(new URL("vectors/4.1.0-rs.jsonl", import.meta.url));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "conformance-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function conformance(...files: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [COMMAND, ...files], { encoding: "utf8" });
}

function fileOf(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

const GO_LINES = readFileSync(GO, "utf8").trim().split("\n");

function lineOf(name: string): Record<string, unknown> {
  const line = GO_LINES.find((text) => text.includes(`"case":"${name}"`));
  if (line === undefined) throw new Error(`no case ${name}`);
  return JSON.parse(line) as Record<string, unknown>;
}

describe("npm run conformance", () => {
  it("prints the sum over all files and exits 0", () => {
    const { status, stdout, stderr } = conformance(GO, RS);
    expect(stderr).not.toContain("Error");
    expect(stdout).toMatch(/^\d+ of 473 agree, \d+ undetermined\n$/);
    expect(status).toBe(0);
  });

  it("prints a disagreement with its place, and exits 1", () => {
    const memory = { shared: true, hugepages: false };
    const file = fileOf("false.jsonl", GO_LINES[0] ?? "", JSON.stringify({ ...lineOf("08-cfg-none"), memory }));
    const { status, stdout } = conformance(file);
    expect(stdout).toContain(`${file}:2: 08-cfg-none\n`);
    expect(stdout).toContain("predicted accepted, shared=false");
    expect(stdout).toContain("observed  accepted, shared=true");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 of 2 agree, 0 undetermined");
    expect(status).toBe(1);
  });

  it("exits 1 where more than a tenth is undetermined", () => {
    const open = JSON.stringify(lineOf("11-cc_init_data=x@[.*]"));
    const nine = GO_LINES.slice(0, 9);
    const tenth = conformance(fileOf("tenth.jsonl", ...nine, open));
    expect(tenth).toMatchObject({ status: 0, stdout: "9 of 10 agree, 1 undetermined\n" });
    const more = conformance(fileOf("more.jsonl", ...nine.slice(1), open));
    expect(more).toMatchObject({ status: 1, stdout: "8 of 9 agree, 1 undetermined\n" });
  });

  it("asks for a file", () => {
    const { status, stderr, stdout } = conformance();
    expect(stderr).toContain("usage: npm run conformance -- FILE.jsonl");
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  it("names a file that is not there, also after one that is", () => {
    const file = join(folder, "missing.jsonl");
    const { status, stderr, stdout } = conformance(GO, file);
    expect(stderr).toContain(`${file}: ENOENT`);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  it("does not call an empty file a success", () => {
    const file = fileOf("empty.jsonl", "", "");
    const { status, stderr } = conformance(file);
    expect(stderr).toContain(`${file}: has no vectors`);
    expect(status).toBe(2);
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "not a JSON object"],
    [{ kata: undefined }, `"kata" is missing`],
    [{ kata: "latest" }, `"kata" must be a version`],
    [{ runtime: "java" }, `"runtime" must be go or rs`],
    [{ config: undefined }, `"config" is missing`],
    [{ config: { hypervisor: 1 } }, `"config.hypervisor" must be an object`],
    [{ alt: { "/a.toml": 1 } }, `"alt" of /a.toml must be an object`],
    [{ annotations: undefined }, `"annotations" is missing`],
    [{ annotations: { a: 1 } }, `"annotations" must be an object of strings`],
    [{ case: 1 }, `"case" must be a string`],
    [{ outcome: "maybe" }, `"outcome" must be accepted, rejected or ignored`],
    [{ outcome: "rejected", error: null }, `"error" is null, but the outcome is rejected`],
    [{ memory: null }, `"memory" is null, but the outcome is accepted`],
    [{ memory: { shared: true } }, `"hugepages" is missing`],
    [{ effect: undefined }, `"effect" is missing`],
  ])("names file and line of %j", (change, message) => {
    const text = typeof change === "string" ? change : JSON.stringify({ ...lineOf("08-cfg-none"), ...change });
    const file = fileOf("bad.jsonl", GO_LINES[0] ?? "", "", text);
    const { status, stderr, stdout } = conformance(file);
    expect(stderr).toContain(`${file}:3: ${message}`);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});
