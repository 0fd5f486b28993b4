import { describe, expect, it } from "vitest";
import { equalQuantities, parseQuantity } from "../../src/engine/quantity.ts";

type Quantities = Readonly<Record<string, string | number | null>>;

describe("parseQuantity", () => {
  it.each([
    ["0", 0],
    ["-0", -0],
    ["1", 1],
    ["+1", 1],
    ["-2", -2],
    ["1.", 1],
    [".5", 0.5],
    ["1.5", 1.5],
    ["250m", 0.25],
    ["700m", 0.7],
    ["3u", 0.000003],
    ["7n", 0.000000007],
    ["2k", 2000],
    ["1.1M", 1_100_000],
    ["1G", 1e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["1E", 1e18],
    ["12E", 12e18],
    ["1e3", 1000],
    ["1E3", 1000],
    ["1e-3", 0.001],
    ["1E+2", 100],
    ["1Ki", 1024],
    ["130Mi", 136_314_880],
    ["0.5Gi", 536_870_912],
    ["1Ti", 2 ** 40],
    ["1Pi", 2 ** 50],
    ["1Ei", 2 ** 60],
    [0, 0],
    [128, 128],
    [0.25, 0.25],
    // As Go's decoder reads it.
    [null, 0],
  ])("%j is %d", (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it.each([
    "",
    " ",
    "1 ",
    " 1",
    ".",
    "+",
    "m",
    "Mi",
    "1mi",
    "1K",
    "1KI",
    "1e",
    "1e3Mi",
    "0x10",
    "1,5",
    "1_000",
    "Infinity",
    "NaN",
    "١",
    "1".repeat(65),
    NaN,
    Infinity,
  ])("%j is no quantity", (text) => {
    expect(parseQuantity(text)).toBeNull();
  });
});

describe("equalQuantities", () => {
  it.each([
    [{}, {}, true],
    [{ cpu: "250m" }, { cpu: "250m" }, true],
    [{ cpu: "250m" }, { cpu: "0.25" }, true],
    // 700 times a thousandth is not seven tenths in binary; the amounts are the same all the same.
    [{ cpu: "700m" }, { cpu: "0.7" }, true],
    [{ cpu: "1100m" }, { cpu: "1.1" }, true],
    [{ memory: "1.1M" }, { memory: "1100k" }, true],
    [{ cpu: 1 }, { cpu: "1" }, true],
    [{ memory: "130Mi" }, { memory: "136314880" }, true],
    [{ memory: "130Mi" }, { memory: "133120Ki" }, true],
    [{ cpu: "1", memory: "1Mi" }, { memory: "1Mi", cpu: "1" }, true],
    [{ cpu: "250m" }, { cpu: "251m" }, false],
    [{ memory: "130Mi" }, { memory: "130M" }, false],
    [{ cpu: "1" }, {}, false],
    [{}, { cpu: "1" }, false],
    [{ cpu: "1" }, { memory: "1" }, false],
    [{ cpu: "1" }, { cpu: "1", memory: "1Mi" }, false],
    // Text that is no quantity equals only itself.
    [{ cpu: "odd" }, { cpu: "odd" }, true],
    [{ cpu: "odd" }, { cpu: "other" }, false],
    [{ toString: "1" }, { cpu: "1" }, false],
    [{ cpu: null }, { cpu: "0" }, true],
    [{ cpu: null }, { cpu: "1" }, false],
  ])("%j and %j: %s", (a: Quantities, b: Quantities, expected) => {
    expect(equalQuantities(a, b)).toBe(expected);
    expect(equalQuantities(b, a)).toBe(expected);
  });
});
