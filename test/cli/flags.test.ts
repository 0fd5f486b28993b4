import type { ParseArgsOptionsConfig } from "node:util";
import { describe, expect, it } from "vitest";
import { didYouMean, notOneOf, parseFlags } from "../../src/cli/flags.ts";

const OPTIONS = {
  filename: { type: "string", short: "f", multiple: true, default: [] as string[] },
  output: { type: "string", short: "o" },
  dev: { type: "boolean" },
} satisfies ParseArgsOptionsConfig;

describe("parseFlags", () => {
  it.each([[["-o", "json"]], [["-ojson"]], [["-o=json"]], [["--output", "json"]], [["--output=json"]]])(
    "reads %j",
    (argv) => {
      expect(parseFlags(argv, OPTIONS)).toMatchObject({ kind: "flags", values: { output: "json" } });
    },
  );

  it("takes - for a value, and a flag more than once", () => {
    expect(parseFlags(["-f", "-", "-f=a.yaml", "b.yaml"], OPTIONS)).toMatchObject({
      values: { filename: ["-", "a.yaml"] },
      positionals: ["b.yaml"],
    });
  });

  it("leaves alone what stands after --", () => {
    expect(parseFlags(["--", "-f=a.yaml"], OPTIONS)).toMatchObject({ positionals: ["-f=a.yaml"] });
  });

  it.each([
    [["--outptu", "json"], "unknown flag --outptu; did you mean --output?"],
    [["--quite-another"], "unknown flag --quite-another"],
    [["-x"], "unknown flag -x"],
    [["-f"], "Option '-f, --filename <value>' argument missing"],
    [["--dev=yes"], "Option '--dev' does not take an argument"],
  ])("says in one sentence what is wrong with %j", (argv, error) => {
    expect(parseFlags(argv, OPTIONS)).toEqual({ kind: "invalid", error });
  });
});

describe("notOneOf", () => {
  it("is silent about an allowed word and names the allowed ones for another", () => {
    expect(notOneOf("--mode", "observe", ["enforce", "observe"])).toBeNull();
    expect(notOneOf("--mode", "obsrve", ["enforce", "observe"])).toBe(
      '--mode must be enforce or observe, not "obsrve"; did you mean observe?',
    );
  });
});

describe("didYouMean", () => {
  it("says nothing for a word that is like none", () => {
    expect(didYouMean("frobnicate", ["explain", "serve"])).toBe("");
  });
});
