import { describe, expect, it } from "vitest";
import type { EvidenceSources } from "../../src/engine/gather-evidence.ts";
import { REPORT_SPEAKS_FOR_SECONDS } from "../../src/engine/reporting-nodes.ts";
import { type HandlerReport, known, type NodeGroup } from "../../src/engine/facts.ts";
import { reporting } from "./sample-facts.ts";
import { about, findingsOf, nodes } from "./evidence-of.ts";

describe("gatherEvidence: the fleet", () => {
  it.each<[string, readonly HandlerReport[], string[]]>([
    ["agrees", [{ version: "3.32.0" }, { version: "3.32.0" }], []],
    ["one says more", [{ version: "3.32.0" }, { version: "3.32.0", runtime: "go" }], []],
    ["versions", [{ version: "3.31.0" }, { version: "3.32.0" }], [about("FleetDisagrees", "version")]],
    ["runtimes", [{ runtime: "go" }, { runtime: "runtime-rs" }], [about("FleetDisagrees", "runtime")]],
    ["shared_fs", [{ sharedFs: "none" }, { sharedFs: "virtio-fs" }], [about("FleetDisagrees", "sharedFs")]],
    ["hugepages", [{ hugepages: true }, { hugepages: false }], [about("FleetDisagrees", "hugepages")]],
    [
      "allow-lists",
      [{ enableAnnotations: [] }, { enableAnnotations: ["a"] }],
      [about("FleetDisagrees", "enableAnnotations")],
    ],
    [
      "rootfs",
      [{ rootfs: "block", disableBlockDeviceUse: false }, { rootfs: "erofs" }],
      [about("FleetDisagrees", "rootfs")],
    ],
    [
      "block devices",
      [{ disableBlockDeviceUse: true }, { disableBlockDeviceUse: false }],
      [about("FleetDisagrees", "disableBlockDeviceUse")],
    ],
    ["kubelet roots", [{ kubeletRoot: "/a" }, { kubeletRoot: "/b" }], [about("FleetDisagrees", "kubeletRoot")]],
    [
      "emptydir modes",
      [{ emptydirMode: "shared-fs" }, { emptydirMode: "block-plain" }],
      [about("FleetDisagrees", "emptydirMode")],
    ],
    [
      "several fields: the first is named",
      [
        { rootfs: "block", disableBlockDeviceUse: false, version: "4.0.0" },
        { rootfs: "erofs", version: "4.1.0" },
      ],
      [about("FleetDisagrees", "version")],
    ],
  ])("%s", (_, said, expected) => {
    expect(findingsOf({ nodes: nodes(...said) })).toEqual(expected);
  });

  it("is not asked about another handler", () => {
    const groups = [reporting("kata-clh", { version: "4.1.0" }), reporting("kata-qemu", { version: "4.0.0" })];
    expect(findingsOf({ nodes: known(groups) })).toEqual([]);
  });
});

const hosts = (...enabled: readonly (string | undefined)[]): EvidenceSources["nodes"] =>
  known(
    enabled.map((word): NodeGroup => ({
      nodes: 1,
      runtimeHandlers: null,
      report: { ageSeconds: 0, handlers: {}, thp: word === undefined ? {} : { enabled: word } },
    })),
  );

describe("gatherEvidence: huge pages of the hosts", () => {
  it.each<[string, EvidenceSources["nodes"], string[]]>([
    ["madvise", hosts("madvise"), []],
    ["always", hosts("always"), []],
    ["madvise and always", hosts("madvise", "always"), []],
    ["never", hosts("never"), [about("HostThpNever", "never")]],
    ["never everywhere", hosts("never", "never"), [about("HostThpNever", "never")]],
    ["never on some", hosts("never", "madvise"), [about("FleetDisagrees", "thp")]],
    ["never, the others silent", hosts("never", undefined), [about("HostThpNever", "never")]],
    ["nobody says", hosts(undefined), []],
    ["an empty word says nothing", hosts("never", ""), [about("HostThpNever", "never")]],
  ])("%s", (_, given, expected) => {
    expect(findingsOf({ nodes: given })).toEqual(expected);
  });
});

const aged = (ageSeconds: number, handler = "kata-clh"): EvidenceSources["nodes"] =>
  known([reporting("kata-clh", { version: "4.1.0" }), reporting(handler, { version: "4.1.0" }, "madvise", ageSeconds)]);

describe("gatherEvidence: age", () => {
  it.each<[string, EvidenceSources["nodes"], string[]]>([
    ["a day", aged(REPORT_SPEAKS_FOR_SECONDS), []],
    ["a second more", aged(REPORT_SPEAKS_FOR_SECONDS + 1), [about("EvidenceStale", "node report")]],
    // Its word on the host's huge pages counts whatever handlers it names.
    ["of another handler", aged(REPORT_SPEAKS_FOR_SECONDS + 1, "kata-qemu"), [about("EvidenceStale", "node report")]],
  ])("%s", (_, given, expected) => {
    expect(findingsOf({ nodes: given })).toEqual(expected);
  });
});
