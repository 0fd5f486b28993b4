import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admitsAnnotation } from "../../src/kata/allow-list.ts";
import { KATA_RUNTIMES } from "../../src/kata/releases.ts";

describe.each(KATA_RUNTIMES)("admitsAnnotation on %s", (runtime) => {
  it.each([
    [[""], true],
    [["s"], true],
    [["fs"], true],
    [["_fs$"], true],
    [["shared.fs"], true],
    [["^shared_fs$"], true],
    [["shared_fs|x"], true],
    [["(?i)SHARED_FS"], true],
    [["enable_iommu", "shared_fs"], true],
    [[], false],
    [["SHARED_FS"], false],
    [["shared_fs "], false],
    [["enable_.*"], false],
    [["hypervisor"], false],
    [["io.katacontainers.config.hypervisor.shared_fs"], false],
  ])("%j and shared_fs: %s", (list, expected) => {
    expect(admitsAnnotation(list, "shared_fs", runtime)).toBe(expected);
  });

  it("matches the names that a shipped pattern happens to begin", () => {
    expect(admitsAnnotation(["enable_iommu"], "enable_iommu_platform", runtime)).toBe(true);
  });

  it("has no syntax that RE2 has not", () => {
    expect(admitsAnnotation(["(?=shared)shared_fs"], "shared_fs", runtime)).toBe(false);
    expect(admitsAnnotation(["(?<!x)shared_fs"], "shared_fs", runtime)).toBe(false);
    expect(admitsAnnotation([String.raw`(s)hared_f\1`], "shared_fs", runtime)).toBe(false);
  });

  it("never throws, whatever the patterns", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.string(), (list, name) => {
        expect(admitsAnnotation(list, name, runtime)).toBeTypeOf("boolean");
      }),
    );
  });

  it.each([
    ["a long pattern", ["s".repeat(100_000)]],
    ["a long list", Array(100_000).fill("shared_fs")],
    ["a list of large programs", Array.from({ length: 256 }, (_, index) => `(?:a?){1000}(?:b?){1000}${index}`)],
    ["patterns that backtrack", Array.from({ length: 256 }, (_, index) => `(a+)+(b*)*${index}`)],
  ])("is done at once with %s", (_, list) => {
    const started = performance.now();
    expect(admitsAnnotation(list, "a".repeat(300), runtime)).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("does not look at a name that no annotation can have", () => {
    expect(admitsAnnotation([""], "s".repeat(10_000_000), runtime)).toBe(false);
  });

  it("still answers after more patterns than it keeps", () => {
    for (let index = 0; index < 3_000; index += 1) admitsAnnotation([`pattern${index}`], "x", runtime);
    expect(admitsAnnotation(["pattern1$"], "pattern1", runtime)).toBe(true);
    expect(admitsAnnotation(["pattern1$"], "pattern10", runtime)).toBe(false);
  });
});

describe("admitsAnnotation with a broken pattern", () => {
  it.each(["[", "*", "("])("%s is skipped by Go and disables the whole list on runtime-rs", (broken) => {
    for (const list of [
      [broken, "shared_fs"],
      ["shared_fs", broken],
    ]) {
      expect(admitsAnnotation(list, "shared_fs", "go")).toBe(true);
      expect(admitsAnnotation(list, "shared_fs", "runtime-rs")).toBe(false);
    }
    expect(admitsAnnotation([broken], "shared_fs", "go")).toBe(false);
  });
});
