import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareKataVersions, formatKataVersion, isBefore, parseKataVersion } from "../../src/kata/version.ts";

function version(text: string): NonNullable<ReturnType<typeof parseKataVersion>> {
  const parsed = parseKataVersion(text);
  if (parsed === null) throw new Error(`${text} should be a version`);
  return parsed;
}

const identifier = fc.oneof(fc.nat().map(String), fc.stringMatching(/^[A-Za-z-][0-9A-Za-z-]{0,4}$/));
const anyVersion = fc
  .record({
    release: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1)),
    pre: fc.array(identifier, { maxLength: 3 }),
  })
  .map(({ release, pre }) => version(release.join(".") + (pre.length === 0 ? "" : `-${pre.join(".")}`)));

describe("parseKataVersion", () => {
  it.each([
    ["3.32.0", { major: 3, minor: 32, patch: 0, pre: "" }],
    ["v3.32.0", { major: 3, minor: 32, patch: 0, pre: "" }],
    ["4.1.0-rc0", { major: 4, minor: 1, patch: 0, pre: "rc0" }],
    ["4.1.0-alpha.1+build.7", { major: 4, minor: 1, patch: 0, pre: "alpha.1" }],
    ["4.1.0+g0168f6a", { major: 4, minor: 1, patch: 0, pre: "" }],
  ])("reads %s", (text, expected) => {
    expect(parseKataVersion(text)).toEqual(expected);
  });

  it.each([
    "",
    "latest",
    "3",
    "3.32",
    "3.32.0.1",
    "03.32.0",
    "3.32.x",
    " 3.32.0",
    "3.32.0\n",
    "V3.32.0",
    "vv3.32.0",
    "-3.32.0",
    "3.32.0-",
    "3.32.0-rc..1",
    "3.32.0-01",
    "3.32.0+",
    "3.32.0+a..b",
    "3.32.0-rc_0",
    "99999999999999999999.0.0",
    `3.32.0-${"a".repeat(100)}`,
  ])("does not take %j for a release", (text) => {
    expect(parseKataVersion(text)).toBeNull();
  });

  it("reads back what it formats", () => {
    fc.assert(
      fc.property(anyVersion, (v) => {
        expect(parseKataVersion(formatKataVersion(v))).toEqual(v);
      }),
    );
  });
});

describe("compareKataVersions", () => {
  it("puts releases in semver's order", () => {
    const ordered = [
      "3.9.0",
      "3.12.0-alpha",
      "3.12.0-alpha.1",
      "3.12.0-alpha.beta",
      "3.12.0-beta",
      "3.12.0-beta.2",
      "3.12.0-beta.11",
      "3.12.0-rc0",
      "3.12.0",
      "3.12.1",
      "3.20.0",
      "4.0.0-rc0",
      "4.0.0",
      "4.1.0",
    ];
    const shuffled = ordered.toReversed().map(version);
    expect(shuffled.toSorted(compareKataVersions).map(formatKataVersion)).toEqual(ordered);
    for (const [index, later] of ordered.entries()) {
      for (const earlier of ordered.slice(0, index)) {
        expect(compareKataVersions(version(earlier), version(later))).toBeLessThan(0);
        expect(compareKataVersions(version(later), version(earlier))).toBeGreaterThan(0);
      }
    }
  });

  it("orders numbers that a double cannot tell apart", () => {
    expect(compareKataVersions(version("4.0.0-9007199254740993"), version("4.0.0-9007199254740992"))).toBeGreaterThan(
      0,
    );
  });

  it("is a total order", () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(Math.sign(compareKataVersions(a, b))).toBe(0 - Math.sign(compareKataVersions(b, a)));
        expect(compareKataVersions(a, b) === 0).toBe(formatKataVersion(a) === formatKataVersion(b));
        if (compareKataVersions(a, b) <= 0 && compareKataVersions(b, c) <= 0) {
          expect(compareKataVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe("isBefore", () => {
  it.each([
    ["3.28.0", true],
    ["3.29.0-rc0", true],
    ["3.29.0", false],
    ["3.29.0+build", false],
    ["3.30.0", false],
  ])("%s before 3.29.0: %s", (text, expected) => {
    expect(isBefore(version(text), "3.29.0")).toBe(expected);
  });

  it("throws for a boundary of ours that is no release", () => {
    expect(() => isBefore(version("3.29.0"), "3.29")).toThrow("not a Kata release: 3.29");
  });
});
