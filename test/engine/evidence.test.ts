import { describe, expect, it } from "vitest";
import { allowListOf, type KataEvidence, releaseOf } from "../../src/engine/evidence.ts";
import type { EvidenceSources } from "../../src/engine/gather-evidence.ts";
import { type HandlerReport, known, type NodeGroup } from "../../src/engine/facts.ts";
import { type KataVersion, parseKataVersion } from "../../src/kata/version.ts";
import { line, reporting } from "./sample-facts.ts";
import { gather, nodes } from "./evidence-of.ts";

const NOTHING: KataEvidence = {
  version: null,
  runtime: null,
  sharedFs: null,
  hugepages: null,
  acceptsSharedFsNone: null,
  rootfs: null,
  kubeletRoot: null,
  emptydirMode: null,
  disableBlockDeviceUse: null,
  disableGuestEmptyDir: null,
  enableAnnotations: null,
};

describe("gatherEvidence: who speaks", () => {
  it.each<[string, Partial<EvidenceSources>]>([
    ["nobody", {}],
    ["no nodes", { nodes: known([]) }],
    ["nodes without a report", { nodes: known([{ nodes: 3, runtimeHandlers: ["kata-clh"], report: null }]) }],
    ["nodes that report another handler", { nodes: known([reporting("kata-qemu", { version: "3.32.0" })]) }],
    ["a handler that objects inherit", { handler: "toString", nodes: nodes({ version: "3.32.0" }) }],
    ["no handler", { handler: null, nodes: nodes({ version: "3.32.0" }) }],
    ["a version that is none", { policy: { version: "3.32" }, classVersion: "latest" }],
  ])("%s: nothing is known, and nothing is found", (_, sources) => {
    expect(gather(sources)).toEqual({ evidence: NOTHING, possible: [NOTHING], findings: [] });
  });

  const all: HandlerReport = {
    version: "4.1.0",
    runtime: "go",
    sharedFs: "none",
    hugepages: false,
    rootfs: "erofs",
    kubeletRoot: "/var/lib/kubelet",
    emptydirMode: "block-plain",
    disableBlockDeviceUse: false,
    enableAnnotations: ["enable_iommu"],
  };
  const read = { ...NOTHING, ...all, version: parseKataVersion("4.1.0") };

  it("takes all from a report", () => {
    expect(gather({ nodes: nodes(all) })).toEqual({ evidence: read, possible: [read], findings: [] });
  });

  it("takes all from the policy, but what only a node can know", () => {
    const { sharedFs: _, hugepages: __, ...stated } = all;
    const evidence = { ...read, sharedFs: null, hugepages: null, acceptsSharedFsNone: true };
    expect(gather({ policy: { ...stated, acceptsSharedFsNone: true } })).toEqual({
      evidence,
      possible: [evidence],
      findings: [],
    });
  });

  it("takes the version from the RuntimeClass", () => {
    expect(gather({ classVersion: "4.1.0" }).evidence).toEqual({ ...NOTHING, version: read.version });
  });

  it("puts together what several say", () => {
    const { evidence, findings } = gather({
      policy: { rootfs: "erofs" },
      classVersion: "4.1.0",
      nodes: nodes({ runtime: "go" }, { runtime: "go", emptydirMode: "block-plain" }),
    });
    expect(evidence).toEqual({
      ...NOTHING,
      rootfs: "erofs",
      version: read.version,
      runtime: "go",
      emptydirMode: "block-plain",
    });
    expect(findings).toEqual([]);
  });
});

describe("gatherEvidence: every Kata that may run the pod", () => {
  const silent = { nodes: 1, runtimeHandlers: null, report: null };
  const others = (sources: Partial<EvidenceSources>): unknown[] => gather(sources).possible.slice(1);

  it("is what is stated alone, where a node says nothing", () => {
    const policy = { rootfs: "erofs" } as const;
    const said = reporting("kata-clh", { version: "4.1.0", runtime: "go" });
    expect(others({ policy, nodes: known([said, silent]) })).toEqual([{ ...NOTHING, rootfs: "erofs" }]);
    expect(others({ policy, nodes: known([said, { ...silent, runtimeHandlers: ["kata-clh"] }]) })).toHaveLength(1);
    // It has not got the handler, so no such pod starts there.
    expect(others({ policy, nodes: known([said, { ...silent, runtimeHandlers: ["runc"] }]) })).toEqual([]);
    expect(others({ policy, nodes: known([said, reporting("kata-qemu", {})]) })).toHaveLength(1);
  });

  it("is what each node says, where they say different things", () => {
    const said = others({
      nodes: nodes({ runtime: "go" }, { rootfs: "block", disableBlockDeviceUse: false }, { runtime: "go" }),
    });
    expect(said).toEqual([
      { ...NOTHING, runtime: "go" },
      { ...NOTHING, rootfs: "block", disableBlockDeviceUse: false },
    ]);
  });

  it("is what each of them says, where they contradict each other, and nobody's mixture", () => {
    const said = nodes({ version: "3.32.0", rootfs: "block" }, { version: "4.1.0" });
    expect(gather({ nodes: said }).possible).toEqual([
      { ...NOTHING, version: parseKataVersion("3.32.0"), rootfs: "block" },
      { ...NOTHING, version: parseKataVersion("4.1.0") },
    ]);
  });

  it("has the node's list beside the policy's", () => {
    const said = nodes({ enableAnnotations: ["enable_iommu"] });
    expect(others({ policy: { enableAnnotations: ["shared_fs"] }, nodes: said })).toEqual([
      { ...NOTHING, enableAnnotations: ["enable_iommu"] },
    ]);
  });
});

describe("gatherEvidence: what speaks against resting on reports", () => {
  const old = reporting("kata-clh", {}, "madvise", 100_000);
  const odd = { nodes: 1, runtimeHandlers: null, report: null, hasOddReport: true };
  it.each<[string, readonly NodeGroup[], string[]]>([
    ["an old report", [old], ["EvidenceStale blocks /spec/runtimeClassName (node report)"]],
    ["one of a node that is away, which cannot report", [{ ...old, isLater: true }], []],
    ["one that cannot be read", [odd], ["EvidenceStale blocks /spec/runtimeClassName (odd node report)"]],
    ["one that cannot be read of a node that is away", [{ ...odd, isLater: true }], []],
    [
      "reports of nodes without the handler",
      [
        { ...odd, runtimeHandlers: ["runc"] },
        { ...old, runtimeHandlers: [] },
      ],
      [],
    ],
    ["none", [{ ...odd, hasOddReport: false }], []],
  ])("%s", (_, groups, expected) => {
    expect(gather({ nodes: known(groups) }).findings.map(line)).toEqual(expected);
  });

  it("is what a node said last, though it is away", () => {
    const away = { ...reporting("kata-clh", { runtime: "runtime-rs" }), isLater: true };
    expect(gather({ nodes: known([away]) }).evidence.runtime).toBe("runtime-rs");
  });
});

describe("gatherEvidence: the runtime that a handler of kata-deploy's has by its name", () => {
  it("counts where nobody says another", () => {
    expect(gather({ handler: "kata-clh-runtime-rs" }).evidence.runtime).toBe("runtime-rs");
    expect(gather({ handler: "kata-clh-runtime-rs", policy: { runtime: "go" } }).evidence.runtime).toBe("go");
    expect(gather({ handler: "kata-clh" }).evidence.runtime).toBeNull();
  });
});

describe("gatherEvidence: what it remembers of the same nodes", () => {
  it.each<[string, Partial<EvidenceSources>, string | null]>([
    ["handler", { handler: "kata-other" }, null],
    ["statement", { policy: { version: "3.32.0" } }, "3.32.0"],
    ["class", { classVersion: "3.32.0" }, "3.32.0"],
  ])("is nothing for another %s", (_, other, expected) => {
    const sources = { handler: "kata-clh", policy: {}, nodes: nodes({ rootfs: "block" }, { version: "3.31.0" }) };
    const versionOf = (given: Partial<EvidenceSources>): KataVersion | null => gather(given).evidence.version;
    expect(versionOf(sources)).toEqual(parseKataVersion("3.31.0"));
    expect(versionOf({ ...sources, ...other })).toEqual(expected === null ? null : parseKataVersion(expected));
    expect(versionOf(sources)).toEqual(parseKataVersion("3.31.0"));
  });
});

describe("allowListOf and releaseOf", () => {
  const evidence = (version: string, rest: Partial<KataEvidence> = {}): KataEvidence => ({
    ...NOTHING,
    version: parseKataVersion(version),
    runtime: "go",
    ...rest,
  });
  it.each<[string, KataEvidence, readonly string[] | null]>([
    ["stated", evidence("3.32.0", { enableAnnotations: ["x"] }), ["x"]],
    ["stated as empty", evidence("3.32.0", { enableAnnotations: [] }), []],
    ["stated, version unknown", { ...NOTHING, enableAnnotations: ["x"] }, ["x"]],
    ["the release's default", evidence("3.32.0"), ["enable_iommu", "kernel_params", "kernel_verity_params"]],
    ["an older release's", evidence("3.12.0"), ["enable_iommu", "virtio_fs_extra_args", "kernel_params"]],
    ["runtime unknown", evidence("3.32.0", { runtime: null }), null],
    ["version unknown", { ...NOTHING, runtime: "go" }, null],
    // Somewhere from 3.21.0 to 3.31.0 runtime-rs's list changed; which it is was not read.
    ["a default that was not read", evidence("3.25.0", { runtime: "runtime-rs" }), null],
  ])("%s", (_, given, expected) => {
    expect(allowListOf(given)).toEqual(expected);
  });

  it.each([
    ["3.11.0", "go", false],
    ["3.12.0", "go", true],
    ["4.2.0", "go", true],
    ["4.1.0", "runtime-rs", false],
  ] as const)("Kata %s (%s) has private memory: %s", (version, runtime, expected) => {
    expect(releaseOf(evidence(version, { runtime }))?.privateMemory).toBe(expected);
  });

  it("has no release for half of what it takes", () => {
    expect(releaseOf({ ...NOTHING, runtime: "go" })).toBeNull();
    expect(releaseOf({ ...NOTHING, version: parseKataVersion("4.1.0") })).toBeNull();
  });
});
