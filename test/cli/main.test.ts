import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";
import { GOOD } from "./explain-in-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe("the command line", () => {
  it.each([["help"], ["--help"], ["-h"]])("tells the commands with %s", async (word) => {
    const { code, stdout, stderr } = await runKataThp([word]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ {2}explain /m);
    expect(stdout).toMatch(/^ {2}serve /m);
  });

  it.each([["version"], ["--version"]])("prints the package's version with %s", async (word) => {
    expect(await runKataThp([word])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  it("ends with 2 and the commands when none is named", async () => {
    const { code, stdout, stderr } = await runKataThp([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^kata-thp: name a command\n/);
  });

  it.each([
    ["explian", 'kata-thp: unknown command "explian"; did you mean explain?'],
    ["frobnicate", 'kata-thp: unknown command "frobnicate"'],
    ["constructor", 'kata-thp: unknown command "constructor"'],
  ])("ends with 2 and a sentence for %s", async (word, sentence) => {
    const { code, stdout, stderr } = await runKataThp([word]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n")[0]).toBe(sentence);
  });

  it("runs without the launcher too", async () => {
    const run = await runKataThp(["version"], { command: [process.execPath, MAIN] });
    expect(run).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  it("survives a reader that goes away", async () => {
    const command = ["/bin/sh", "-c", `"$0" "$1" explain -f - -o yaml | head -n 1`, process.execPath, MAIN] as const;
    const stdin = Array.from({ length: 300 }, () => GOOD).join("---\n");
    const { code, stdout, stderr } = await runKataThp([], { command: [...command], stdin });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "- source:\n", stderr: "" });
  });
});

/** Runs explain in a process that notes every module it loads, and prints their URLs on standard error. */
async function modulesOf(args: readonly string[], stdin: string): Promise<string[]> {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { main } = await import(${JSON.stringify(MAIN)});
    await main(${JSON.stringify(["explain", ...args])});
    process.stderr.write(JSON.stringify(loaded));
  `;
  const command = [process.execPath, "--input-type=module", "-e", script] as const;
  const { stderr } = await runKataThp([], { command: [...command], stdin, cwd: ROOT });
  // Behind what explain itself says there.
  return JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as string[];
}

describe("start of explain", () => {
  it("loads no server, client or schema validator, and yaml only for YAML", async () => {
    const forYaml = await modulesOf(["-f", "-"], GOOD);
    const packages = new Set(forYaml.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
    expect(forYaml.some((url) => url.endsWith("src/engine/decide.ts"))).toBe(true);
    expect([...packages].toSorted()).toEqual(["re2js", "yaml"]);
    expect(forYaml.filter((url) => /src\/(?:server|tls|telemetry|admission)\//.test(url))).toEqual([]);

    const forJson = await modulesOf(["-f", "-"], '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}');
    expect(forJson.filter((url) => url.includes("node_modules/yaml/"))).toEqual([]);
  });

  it("takes less than 0.3 s", async () => {
    let best = Infinity;
    // Other work on the machine only ever adds: the fastest of a few runs is the command's own time.
    for (let run = 0; run < 10 && best >= 300; run += 1) {
      const before = performance.now();
      await runKataThp(["explain", "-f", "-"], { stdin: GOOD });
      best = Math.min(best, performance.now() - before);
    }
    expect(best).toBeLessThan(300);
  });
});
