import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnnotationBoolean, trimLikeRust } from "../../src/kata/booleans.ts";

const NEITHER = ["", "yes", "no", "on", "off", "tRUE", "fALSE", "2", "-1", "truefalse"];

describe("parseAnnotationBoolean", () => {
  it.each([
    ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
    ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
    ...[...NEITHER, " true", "true ", "true\n"].map((text) => [text, null] as const),
  ])("Go reads %j as %s", (text, expected) => {
    expect(parseAnnotationBoolean(text, "go")).toBe(expected);
  });

  it.each([
    ...["true", " true", "true ", "\ttrue\n", "\u0085true\u00a0"].map((text) => [text, true] as const),
    ...["false", " false", "\u3000false"].map((text) => [text, false] as const),
    ...[...NEITHER, "1", "0", "t", "f", "T", "F", "TRUE", "True", "\ufefftrue", "tr ue"].map(
      (text) => [text, null] as const,
    ),
  ])("runtime-rs reads %j as %s", (text, expected) => {
    expect(parseAnnotationBoolean(text, "runtime-rs")).toBe(expected);
  });
});

describe("trimLikeRust", () => {
  it("takes the space from both ends and from nowhere else", () => {
    expect(trimLikeRust(" \u2028 a b \n")).toBe("a b");
    expect(trimLikeRust("  ")).toBe("");
  });

  it("leaves what has no space at its ends", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]( |[a-z])*[a-z]$/), (text) => {
        expect(trimLikeRust(text)).toBe(text);
      }),
    );
  });
});
