import { expect, it } from "vitest";
import { parseBenchFlags } from "../../bench/flags.ts";
import { coresOf } from "../../bench/machine.ts";
import { imageEnvironment } from "../support/image-environment.ts";

it("measures seven rounds of a second with nodes, and --quick one short round without", () => {
  expect(parseBenchFlags([])).toMatchObject({ rounds: 7, seconds: 1, withNodes: true });
  expect(parseBenchFlags(["--quick"])).toMatchObject({ rounds: 1, seconds: 0.2, withNodes: false });
  expect(parseBenchFlags(["--rounds", "3", "--seconds", "0.5", "--without-nodes", "--json", "x"])).toMatchObject({
    rounds: 3,
    seconds: 0.5,
    withNodes: false,
    json: "x",
  });
});

it.each([
  { argv: ["--rounds", "0"], error: "--rounds" },
  { argv: ["--rounds", "1.5"], error: "--rounds" },
  { argv: ["--seconds", "0"], error: "--seconds" },
  { argv: ["--seconds", "soon"], error: "--seconds" },
  { argv: ["--quick", "--update-baseline"], error: "--quick" },
  { argv: ["--quick", "--write-docs"], error: "--quick" },
  { argv: ["--rounds", "4", "--write-docs"], error: "--rounds 5" },
  { argv: ["--fast"], error: "--fast" },
])("refuses $argv", ({ argv, error }) => {
  expect(parseBenchFlags(argv)).toMatchObject({ kind: "invalid", error: expect.stringContaining(error) });
});

it.each([
  { list: " 0,1\n", cores: [0, 1] },
  { list: "0-3", cores: [0, 1, 2, 3] },
  { list: "2,5-6", cores: [2, 5, 6] },
])("reads taskset's $list", ({ list, cores }) => {
  expect(coresOf(list)).toEqual(cores);
});

it("runs ours with what the image and the chart set", async () => {
  const env = await imageEnvironment();
  expect(env["NODE_ENV"]).toBe("production");
  expect(env["NODE_OPTIONS"]).toContain("--max-semi-space-size=4");
  expect(env["MALLOC_TRIM_THRESHOLD_"]).toBe("65536");
});
