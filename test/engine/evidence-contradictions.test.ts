import { describe, expect, it } from "vitest";
import type { EvidenceSources } from "../../src/engine/gather-evidence.ts";
import type { KataStatement } from "../../src/engine/policy.ts";
import { about, findingsOf, gather, nodes } from "./evidence-of.ts";

const contradicts = (field: string): string[] => [about("EvidenceContradicts", field)];

describe("gatherEvidence: contradictions", () => {
  it.each<[string, Partial<EvidenceSources>, string[]]>([
    ["policy and class, version", { policy: { version: "3.32.0" }, classVersion: "4.0.0" }, contradicts("version")],
    [
      "policy and node, version",
      { policy: { version: "3.32.0" }, nodes: nodes({ version: "3.31.0" }) },
      contradicts("version"),
    ],
    ["class and node, version", { classVersion: "4.1.0", nodes: nodes({ version: "4.0.0" }) }, contradicts("version")],
    [
      "a pre-release and its release",
      { policy: { version: "4.1.0-rc0" }, classVersion: "4.1.0" },
      contradicts("version"),
    ],
    [
      "the same version, written otherwise",
      { policy: { version: "v3.32.0" }, classVersion: "3.32.0", nodes: nodes({ version: "3.32.0+g1" }) },
      [],
    ],
    ["runtime", { policy: { runtime: "go" }, nodes: nodes({ runtime: "runtime-rs" }) }, contradicts("runtime")],
    ["rootfs", { policy: { rootfs: "erofs" }, nodes: nodes({ rootfs: "shared" }) }, contradicts("rootfs")],
    [
      "kubelet root",
      { policy: { kubeletRoot: "/a" }, nodes: nodes({ kubeletRoot: "/b" }) },
      contradicts("kubeletRoot"),
    ],
    [
      "emptydir_mode",
      { policy: { emptydirMode: "block-plain" }, nodes: nodes({ emptydirMode: "shared-fs" }) },
      contradicts("emptydirMode"),
    ],
    [
      "block devices",
      { policy: { disableBlockDeviceUse: true }, nodes: nodes({ disableBlockDeviceUse: false }) },
      contradicts("disableBlockDeviceUse"),
    ],
    [
      "two fields: the first is named",
      { policy: { runtime: "go", rootfs: "erofs" }, nodes: nodes({ runtime: "runtime-rs", rootfs: "shared" }) },
      contradicts("runtime"),
    ],
    // The operator's list is the one that is enforced; what a node adds to it is no disagreement about memory.
    ["allow-lists", { policy: { enableAnnotations: ["a"] }, nodes: nodes({ enableAnnotations: ["b"] }) }, []],
  ])("%s", (_, sources, expected) => {
    expect(findingsOf(sources)).toEqual(expected);
  });

  it("prefers the policy's allow-list", () => {
    const { evidence } = gather({ policy: { enableAnnotations: ["a"] }, nodes: nodes({ enableAnnotations: ["b"] }) });
    expect(evidence.enableAnnotations).toEqual(["a"]);
  });

  // Executed: vectors 13b-….
  it.each<[string, KataStatement["runtime"], KataStatement["emptydirMode"], boolean]>([
    ["3.27.0", "go", "block-plain", false],
    ["3.28.0", "go", "block-plain", true],
    ["3.32.0", "go", "block-plain", true],
    ["4.0.0-rc0", "go", "block-plain", true],
    ["4.0.0", "go", "block-plain", false],
    ["4.2.0", "go", "block-plain", false],
    ["3.32.0", "go", "shared-fs", false],
    ["3.32.0", "go", "block-encrypted", false],
    ["3.30.0", "runtime-rs", "block-plain", false],
    ["3.32.0", "runtime-rs", "block-plain", true],
    ["4.1.0", "runtime-rs", "block-plain", false],
  ])("Kata %s (%s) with emptydir_mode %s rejects every pod: %s", (version, runtime, emptydirMode, isRejected) => {
    const statement: KataStatement = { version, runtime: runtime ?? "go", emptydirMode: emptydirMode ?? "shared-fs" };
    expect(findingsOf({ policy: statement })).toEqual(isRejected ? contradicts("emptydirMode") : []);
  });

  it("takes a runtime that nobody states for Go, and judges no unknown version", () => {
    expect(findingsOf({ policy: { version: "3.30.0", emptydirMode: "block-plain" } })).toEqual(
      contradicts("emptydirMode"),
    );
    expect(findingsOf({ policy: { runtime: "go", emptydirMode: "block-plain" } })).toEqual([]);
  });
});
