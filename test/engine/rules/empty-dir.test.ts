// default-empty-dir, empty-dir-sub-path and huge-pages' volumes: all that an emptyDir can be.
import { describe, expect, it } from "vitest";
import type { Container, EmptyDir, Pod, PodSpec, Volume, VolumeMount } from "../../../src/engine/pod.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { defaultEmptyDir } from "../../../src/engine/rules/default-empty-dir.ts";
import { emptyDirSubPath } from "../../../src/engine/rules/empty-dir-sub-path.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

const GO: KataStatement = { runtime: "go" };
const DEGRADES = ["DefaultEmptyDir degrades"];
const COPIED = ["DefaultEmptyDir blocks (guest memory)"];
const TOO_LARGE = ["DefaultEmptyDir blocks (sizeLimit above the memory limit)"];

function verdict(pod: Pod, kata: KataStatement): string[] {
  return findingsOf(defaultEmptyDir, pod, { kata }).map((text) =>
    text.replace(/ \/spec\/volumes\/0(?:\/emptyDir)?/, ""),
  );
}

describe("defaultEmptyDir: by Kata", () => {
  it.each<[string, KataStatement, string[]]>([
    ["unknown", {}, DEGRADES],
    ["unknown, block-plain", { emptydirMode: "block-plain" }, DEGRADES],
    ["unknown, block-plain, disks on", { emptydirMode: "block-plain", disableBlockDeviceUse: false }, []],
    ["unknown, shared-fs", { emptydirMode: "shared-fs" }, DEGRADES],
    ["3.12.0", { ...GO, version: "3.12.0" }, DEGRADES],
    ["3.32.0", { ...GO, version: "3.32.0" }, DEGRADES],
    ["3.27.0, where block-plain does nothing", { ...GO, version: "3.27.0", emptydirMode: "block-plain" }, DEGRADES],
    ["4.0.0-rc0", { ...GO, version: "4.0.0-rc0" }, DEGRADES],
    ["4.0.0", { ...GO, version: "4.0.0" }, COPIED],
    ["4.1.0", { ...GO, version: "4.1.0" }, COPIED],
    ["4.2.0, newer than the tables", { ...GO, version: "4.2.0" }, COPIED],
    ["4.1.0, shared-fs", { ...GO, version: "4.1.0", emptydirMode: "shared-fs" }, COPIED],
    [
      "4.1.0, block-plain, nobody says whether disks are on",
      { ...GO, version: "4.1.0", emptydirMode: "block-plain" },
      ["DefaultEmptyDir blocks (disableBlockDeviceUse unknown)"],
    ],
    [
      "4.1.0, block-plain, and root filesystems are disks",
      { ...GO, version: "4.1.0", emptydirMode: "block-plain", rootfs: "block" },
      [],
    ],
    [
      "4.1.0, block-plain, disks off",
      { ...GO, version: "4.1.0", emptydirMode: "block-plain", disableBlockDeviceUse: true },
      COPIED,
    ],
    [
      "4.1.0, block-plain, disks on",
      { ...GO, version: "4.1.0", emptydirMode: "block-plain", disableBlockDeviceUse: false },
      [],
    ],
    ["4.1.0, runtime unknown", { version: "4.1.0" }, COPIED],
    ["3.32.0, guest-pull", { ...GO, version: "3.32.0", rootfs: "guest-pull" }, COPIED],
    ["3.32.0, erofs", { ...GO, version: "3.32.0", rootfs: "erofs" }, COPIED],
    ["3.32.0, block", { ...GO, version: "3.32.0", rootfs: "block" }, DEGRADES],
    ["unknown, guest-pull", { rootfs: "guest-pull" }, COPIED],
  ])("%s", (_, kata, expected) => {
    expect(verdict(mounting({ emptyDir: {} }), kata)).toEqual(expected);
  });
});

describe("defaultEmptyDir: by medium", () => {
  it.each<[Omit<Volume, "name">, string[]]>([
    [{}, ["DefaultEmptyDir degrades /spec/volumes/0"]],
    [{ emptyDir: null }, ["DefaultEmptyDir degrades /spec/volumes/0"]],
    [{ emptyDir: {} }, ["DefaultEmptyDir degrades /spec/volumes/0/emptyDir"]],
    [{ emptyDir: { medium: "" } }, ["DefaultEmptyDir degrades /spec/volumes/0/emptyDir"]],
    [{ emptyDir: { medium: null } }, ["DefaultEmptyDir degrades /spec/volumes/0/emptyDir"]],
    [{ emptyDir: { medium: "memory" } }, ["DefaultEmptyDir degrades /spec/volumes/0/emptyDir"]],
    [{ emptyDir: { medium: "Memory" } }, []],
    [{ emptyDir: { medium: "HugePages" } }, []],
    [{ emptyDir: { medium: "HugePages-2Mi" } }, []],
    [{ configMap: {} }, []],
  ])("%j", (volume, expected) => {
    expect(findingsOf(defaultEmptyDir, mounting(volume))).toEqual(expected);
  });
});

const limit = (memory: string | number | null): Container => ({
  resources: { limits: { memory: memory as string } },
});

const sized = (sizeLimit: EmptyDir["sizeLimit"], containers: readonly Container[], rest: PodSpec = {}): Pod => {
  const [first = {}, ...others] = containers;
  return podOf({
    volumes: [{ name: "v", emptyDir: { sizeLimit } }],
    containers: [{ ...first, volumeMounts: [{ name: "v" }] }, ...others],
    ...rest,
  });
};

describe("defaultEmptyDir: by size, where the version is unknown", () => {
  it.each<[string, Pod, string[]]>([
    ["smaller", sized("64Mi", [limit("128Mi")]), DEGRADES],
    ["equal", sized("128Mi", [limit("128Mi")]), DEGRADES],
    ["equal, written otherwise", sized("134217728", [limit("128Mi")]), DEGRADES],
    ["larger", sized("129Mi", [limit("128Mi")]), TOO_LARGE],
    ["a number", sized(134_217_729, [limit("128Mi")]), TOO_LARGE],
    ["smaller than the sum", sized("129Mi", [limit("64Mi"), limit("65Mi")]), DEGRADES],
    ["larger than the sum", sized("130Mi", [limit("64Mi"), limit("65Mi")]), TOO_LARGE],
    ["no limit", sized("1Ti", [{}]), DEGRADES],
    ["no limit in one container", sized("1Ti", [limit("1Mi"), {}]), DEGRADES],
    ["no size", sized(null, [limit("1Mi")]), DEGRADES],
    ["a size that is none", sized("much", [limit("1Mi")]), DEGRADES],
    ["a limit that is none", sized("1Ti", [limit("much")]), DEGRADES],
    ["a null limit", sized("1Ti", [limit(null)]), DEGRADES],
    [
      "the pod's own limit counts",
      sized("1Gi", [limit("1Mi")], { resources: { limits: { memory: "2Gi" } } }),
      DEGRADES,
    ],
    ["and blocks", sized("1Gi", [{}], { resources: { limits: { memory: "512Mi" } } }), TOO_LARGE],
    ["init containers' do not", sized("1Gi", [limit("1Mi")], { initContainers: [limit("2Gi")] }), TOO_LARGE],
  ])("%s", (_, pod, expected) => {
    expect(verdict(pod, {})).toEqual(expected);
  });

  it.each<[KataStatement, string[]]>([
    [{ version: "3.32.0", rootfs: "block" }, DEGRADES],
    [{ version: "3.32.0" }, TOO_LARGE],
    [{ rootfs: "block" }, TOO_LARGE],
    [{ version: "3.32.0", rootfs: "block", disableGuestEmptyDir: false }, DEGRADES],
  ])("looks at sizes where version or rootfs is not known: %j", (kata, expected) => {
    expect(verdict(sized("1Ti", [limit("1Mi")]), { ...GO, ...kata })).toEqual(expected);
  });

  it("blocks with disable_guest_empty_dir, whatever else is known", () => {
    const kata = { ...GO, version: "3.32.0", rootfs: "block", disableGuestEmptyDir: true } as const;
    expect(verdict(mounting({ emptyDir: {} }), kata)).toEqual(["DefaultEmptyDir blocks (disable_guest_empty_dir)"]);
    expect(verdict(mounting({ emptyDir: { medium: "Memory" } }), kata)).toEqual([]);
  });
});

describe("defaultEmptyDir: a pod of many", () => {
  it("reads each container's limit once, and not once for each volume", () => {
    let reads = 0;
    const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 100 }, (_, index) => make(index));
    const volumes = many((index) => ({ name: `v${index}`, emptyDir: { sizeLimit: "1Gi" } }));
    const containers = many((index): Container => {
      const limits = { limits: { memory: "1Mi" } };
      const volumeMounts = index === 0 ? volumes.map(({ name }) => ({ name })) : [];
      return Object.defineProperty({ volumeMounts }, "resources", { get: () => ((reads += 1), limits) });
    });
    expect(verdict(podOf({ volumes, containers }), {})).toHaveLength(100);
    expect(reads).toBeLessThan(1_000);
  });
});

const mounted = (volume: Omit<Volume, "name">, ...mounts: readonly Omit<VolumeMount, "name">[]): Pod =>
  podOf({
    volumes: [{ name: "v", ...volume }],
    containers: [{ volumeMounts: mounts.map((mount) => ({ name: "v", ...mount })) }],
  });

const at = (index: number, field: string): string =>
  `EmptyDirSubPath blocks /spec/containers/0/volumeMounts/${index}/${field} (${field})`;

describe("emptyDirSubPath", () => {
  it.each<[string, Pod, string[]]>([
    ["the whole", mounted({ emptyDir: {} }, {}), []],
    ["a part", mounted({ emptyDir: {} }, { subPath: "a" }), [at(0, "subPath")]],
    ["a part by expression", mounted({ emptyDir: {} }, { subPathExpr: "$(A)" }), [at(0, "subPathExpr")]],
    ["both", mounted({ emptyDir: {} }, { subPath: "a", subPathExpr: "b" }), [at(0, "subPath")]],
    ["empty", mounted({ emptyDir: {} }, { subPath: "", subPathExpr: null }), []],
    ["on memory", mounted({ emptyDir: { medium: "Memory" } }, { subPath: "a" }), [at(0, "subPath")]],
    ["without a source", mounted({}, { subPath: "a" }), [at(0, "subPath")]],
    [
      "each mount",
      mounted({ emptyDir: {} }, { subPath: "a" }, {}, { subPath: "b" }),
      [at(0, "subPath"), at(2, "subPath")],
    ],
    ["another source", mounted({ configMap: {} }, { subPath: "a" }), []],
  ])("%s", (_, pod, expected) => {
    expect(findingsOf(emptyDirSubPath, pod)).toEqual(expected);
  });
});
