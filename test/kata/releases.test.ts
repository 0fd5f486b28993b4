import { describe, expect, it } from "vitest";
import { valueAt } from "../../src/kata/release-range.ts";
import { type KataRuntime, NEWEST_KNOWN, type ReleaseFacts, releaseFacts } from "../../src/kata/releases.ts";
import { type KataVersion, parseKataVersion } from "../../src/kata/version.ts";

function version(text: string): KataVersion {
  const parsed = parseKataVersion(text);
  if (parsed === null) throw new Error(`${text} should be a version`);
  return parsed;
}

const factsOf = (text: string, runtime: KataRuntime): ReleaseFacts => releaseFacts(version(text), runtime);

describe("releaseFacts", () => {
  it.each<[keyof ReleaseFacts, KataRuntime, string, unknown, string, unknown]>([
    ["privateMemory", "go", "3.11.0", false, "3.12.0", true],
    ["configPath", "go", "3.32.9", "honoured", "4.0.0", "ignored"],
    ["configPath", "runtime-rs", "3.32.0", "honoured", "4.0.0", "ignored"],
    ["defaultDisableBlockDeviceUse", "go", "3.25.9", false, "3.26.0", true],
    ["defaultDisableGuestEmptyDir", "go", "3.32.0", false, "4.0.0", true],
    ["emptydirModes", "go", "3.27.0", null, "3.28.0", ["shared-fs", "block-encrypted"]],
    ["emptydirModes", "runtime-rs", "3.30.0", null, "3.31.0", ["shared-fs", "block-encrypted"]],
    [
      "sharedFsByAnnotation",
      "runtime-rs",
      "3.19.1",
      ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs"],
      "3.20.0",
      ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs", "none", ""],
    ],
    [
      "sharedFsByConfig",
      "runtime-rs",
      "3.17.0",
      ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs"],
      "3.18.0",
      ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs", "none"],
    ],
    [
      "defaultEnableAnnotations",
      "go",
      "3.26.0",
      ["enable_iommu", "virtio_fs_extra_args", "kernel_params"],
      "3.27.0",
      ["enable_iommu", "virtio_fs_extra_args", "kernel_params", "kernel_verity_params"],
    ],
    [
      "defaultEnableAnnotations",
      "go",
      "3.30.0",
      ["enable_iommu", "virtio_fs_extra_args", "kernel_params", "kernel_verity_params"],
      "3.31.0",
      ["enable_iommu", "kernel_params", "kernel_verity_params"],
    ],
    ["defaultEnableAnnotations", "runtime-rs", "3.20.0", ["kernel_params"], "3.21.0", null],
  ])("%s on %s changes from %s (%j) to %s (%j)", (fact, runtime, before, old, from, now) => {
    expect(factsOf(before, runtime)[fact]).toEqual(old);
    expect(factsOf(from, runtime)[fact]).toEqual(now);
  });

  it.each(["3.12.0", "3.20.0", "3.32.0", "4.1.0"])("runtime-rs has no private memory at %s", (text) => {
    expect(factsOf(text, "runtime-rs").privateMemory).toBe(false);
  });

  it.each(["3.12.0", "3.19.1", "3.32.0", "4.1.0"])("Go takes no shared_fs none by annotation at %s", (text) => {
    expect(factsOf(text, "go").sharedFsByAnnotation).toEqual(["virtio-fs"]);
  });

  it("gives a pre-release the facts before its release", () => {
    expect(factsOf("3.12.0-rc0", "go").privateMemory).toBe(false);
    expect(factsOf("4.0.0-rc0", "go").configPath).toBe("honoured");
  });

  it("takes what is newer than the tables for the newest known, and says so", () => {
    const newest = factsOf(NEWEST_KNOWN, "go");
    expect(newest.newerThanKnown).toBe(false);
    expect(factsOf("4.1.0-rc0", "go").newerThanKnown).toBe(false);
    expect(factsOf("4.1.1", "go")).toEqual({ ...newest, newerThanKnown: true });
    expect(factsOf("9.0.0", "go")).toEqual({ ...newest, newerThanKnown: true });
  });

  it("says of a default list that was not read what it can be", () => {
    const { defaultEnableAnnotations, possibleEnableAnnotations } = factsOf("3.25.0", "runtime-rs");
    expect(defaultEnableAnnotations).toBeNull();
    expect(possibleEnableAnnotations).toContainEqual(["kernel_params"]);
    expect(possibleEnableAnnotations.flat()).not.toContain("shared_fs");
  });
});

describe("valueAt", () => {
  const rows = [
    { since: "3.0.0", value: "first" },
    { since: "3.20.0", value: "second" },
    { since: "4.0.0", value: "third" },
  ] as const;

  it.each([
    ["2.5.0", "first"],
    ["3.19.9", "first"],
    ["3.20.0-rc1", "first"],
    ["3.20.0", "second"],
    ["3.100.0", "second"],
    ["4.0.0", "third"],
    ["5.0.0", "third"],
  ])("%s: %s", (text, expected) => {
    expect(valueAt(rows, version(text))).toBe(expected);
  });
});
