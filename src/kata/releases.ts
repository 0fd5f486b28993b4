import { type ByRelease, valueAt } from "./release-range.ts";
import { compareKataVersions, type KataVersion, parseKataVersion } from "./version.ts";

/*
 * Sources: rt = src/runtime, vc = src/runtime/virtcontainers, rs = src/runtime-rs/crates, kt = src/libs/kata-types/src,
 * each with the Kata tag and line; "executed" are the vectors in test/conformance/vectors, by case.
 */

/** Kata's two runtimes: the Go shim, and the Rust one (`runtime-rs`). */
export const KATA_RUNTIMES = ["go", "runtime-rs"] as const;
export type KataRuntime = (typeof KATA_RUNTIMES)[number];

/** First release whose Go runtime makes guest memory private (ac4f986e3e, PR #10548; vc/clh.go 3.12:516-525). */
export const OLDEST_PRIVATE = "3.12.0";
/** Last release whose code was read and executed for these tables; a later one is taken to be like it. */
export const NEWEST_KNOWN = "4.1.0";

/** What one release's runtime does with the keys that a pod or a drop-in may set. */
export interface ReleaseFacts {
  /** Whether shared_fs none with hugepages off gives private anonymous guest memory. */
  readonly privateMemory: boolean;
  /** What the annotation io.katacontainers.config_path does. */
  readonly configPath: "honoured" | "ignored";
  /** Values of the annotation shared_fs that are accepted, once admitted, and with which the VM then boots. */
  readonly sharedFsByAnnotation: readonly string[];
  /** Values of shared_fs that a configuration file may have; absent and empty both mean virtio-fs. */
  readonly sharedFsByConfig: readonly string[];
  /** What a hypervisor key outside the allow-list does to the pod. */
  readonly notEnabledKey: "rejects" | "ignored";
  readonly booleans: "go-parse-bool" | "rust-trimmed";
  /** `enable_annotations` as shipped; null where the release was not read. */
  readonly defaultEnableAnnotations: readonly string[] | null;
  /** The same as all lists that it can be: one where it is known, its known neighbours where it is not. */
  readonly possibleEnableAnnotations: readonly (readonly string[])[];
  readonly defaultDisableBlockDeviceUse: boolean;
  /** true: a default emptyDir without block-plain is copied into guest memory. */
  readonly defaultDisableGuestEmptyDir: boolean;
  /** Values of `emptydir_mode`; null where the key is not known, and any value accepted without a word. */
  readonly emptydirModes: readonly string[] | null;
  /** Later than NEWEST_KNOWN: these are that release's facts. */
  readonly newerThanKnown: boolean;
}

/** vc/clh.go 3.10.1/3.11.0:517 is unconditionally shared; the predicate is the same from 3.12 to 4.1 (4.1:635-647). */
const GO_PRIVATE_MEMORY: ByRelease<boolean> = [
  { since: "3.0.0", value: false },
  { since: OLDEST_PRIVATE, value: true },
];

/** rt/pkg/containerd-shim-v2/create.go 3.12:266, 3.32:268; rs manager.rs 3.12:559, 3.32:814; gone by 03cc670076. */
const CONFIG_PATH: ByRelease<"honoured" | "ignored"> = [
  { since: "3.0.0", value: "honoured" },
  { since: "4.0.0", value: "ignored" },
];

/** supportedSharedFS at all 24 tags also has virtio-9p, with which vc/clh.go 4.1:408 then fails (executed, 06-…). */
const GO_SHARED_FS_BY_ANNOTATION: ByRelease<readonly string[]> = [{ since: "3.0.0", value: ["virtio-fs"] }];

/** The list in the refusal also has virtio-9p, which Cloud Hypervisor's own check refuses (executed, 08g-…, 08i-…). */
const GO_SHARED_FS_BY_CONFIG: ByRelease<readonly string[]> = [
  { since: "3.0.0", value: ["virtio-fs", "virtio-fs-nydus", "none"] },
];

/** Until adjust_config ran after the annotations (3.20.0), "none" and "" stayed as they were and validate() refused them. */
const RS_SHARED_FS_BY_ANNOTATION: ByRelease<readonly string[]> = [
  { since: "3.0.0", value: ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs"] },
  { since: "3.20.0", value: ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs", "none", ""] },
];

/** "none" in the file from f3c8ef9200 on; the others by rs validate(), kt/config/hypervisor/mod.rs 4.1:1554-1559. */
const RS_SHARED_FS_BY_CONFIG: ByRelease<readonly string[]> = [
  { since: "3.0.0", value: ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs"] },
  { since: "3.18.0", value: ["virtio-fs", "virtio-fs-nydus", "inline-virtio-fs", "none"] },
];

/** rt/Makefile DEFENABLEANNOTATIONS, read at every tag from 3.12.0 to 4.1.0. */
const GO_ENABLE_ANNOTATIONS: ByRelease<readonly (readonly string[])[]> = [
  { since: "3.0.0", value: [["enable_iommu", "virtio_fs_extra_args", "kernel_params"]] },
  { since: "3.27.0", value: [["enable_iommu", "virtio_fs_extra_args", "kernel_params", "kernel_verity_params"]] },
  { since: "3.31.0", value: [["enable_iommu", "kernel_params", "kernel_verity_params"]] },
];

const RS_SHORT_LIST = ["kernel_params"];
const RS_LONG_LIST = ["enable_iommu", "kernel_params", "kernel_verity_params", "default_vcpus", "default_memory"];

/**
 * src/runtime-rs/Makefile DEFENABLEANNOTATIONS. Read at 3.12.0, 3.32.0, 4.0.0 and 4.1.0. It was still the short list in
 * the review of PR #11693, which 3.20.0 contains. Not read from 3.21.0 to 3.31.0: somewhere there the long list came,
 * for a while with virtio_fs_extra_args in it, so either may be what such a node has.
 */
const RS_ENABLE_ANNOTATIONS: ByRelease<readonly (readonly string[])[]> = [
  { since: "3.0.0", value: [RS_SHORT_LIST] },
  { since: "3.21.0", value: [RS_SHORT_LIST, RS_LONG_LIST, [...RS_LONG_LIST, "virtio_fs_extra_args"]] },
  { since: "3.32.0", value: [RS_LONG_LIST] },
];

/** 20ca4d2d79; configuration-clh.toml at 3.26.0. */
const GO_DISABLE_BLOCK_DEVICE_USE: ByRelease<boolean> = [
  { since: "3.0.0", value: false },
  { since: "3.26.0", value: true },
];

/** configuration-clh.toml at 3.32.0 and 4.0.0. */
const GO_DISABLE_GUEST_EMPTY_DIR: ByRelease<boolean> = [
  { since: "3.0.0", value: false },
  { since: "4.0.0", value: true },
];

/** The key came with 3.28.0, block-plain with 4.0.0 (PR #13127; executed, 13b-…). */
const GO_EMPTYDIR_MODES: ByRelease<readonly string[] | null> = [
  { since: "3.0.0", value: null },
  { since: "3.28.0", value: ["shared-fs", "block-encrypted"] },
  { since: "4.0.0", value: ["shared-fs", "block-encrypted", "block-plain"] },
];

/** runtime-rs knows the key from 3.31.0 (edgelesssys/contrast PR #2410, the update to 3.31.0); 3.32.0 and 4.x executed, 13b-…. */
const RS_EMPTYDIR_MODES: ByRelease<readonly string[] | null> = [
  { since: "3.0.0", value: null },
  { since: "3.31.0", value: ["shared-fs", "block-encrypted"] },
  { since: "4.0.0", value: ["shared-fs", "block-encrypted", "block-plain"] },
];

/** The facts about a release, from ranges: a release between two rows is like the earlier one. */
export function releaseFacts(version: KataVersion, runtime: KataRuntime): ReleaseFacts {
  const known = remembered[runtime].get(version);
  if (known !== undefined) return known;
  const facts = lookUp(version, runtime);
  remembered[runtime].set(version, facts);
  return facts;
}

/** A review asks several times about the same one or two. */
const remembered: Readonly<Record<KataRuntime, WeakMap<KataVersion, ReleaseFacts>>> = {
  go: new WeakMap(),
  "runtime-rs": new WeakMap(),
};

function lookUp(version: KataVersion, runtime: KataRuntime): ReleaseFacts {
  const isGo = runtime === "go";
  const possibleEnableAnnotations = valueAt(isGo ? GO_ENABLE_ANNOTATIONS : RS_ENABLE_ANNOTATIONS, version);
  return {
    // runtime-rs: convert.rs hard-codes shared: 3.12:274, 3.32/4.0:289, 4.1:299; issue #13890 is open.
    privateMemory: isGo && valueAt(GO_PRIVATE_MEMORY, version),
    configPath: valueAt(CONFIG_PATH, version),
    sharedFsByAnnotation: valueAt(isGo ? GO_SHARED_FS_BY_ANNOTATION : RS_SHARED_FS_BY_ANNOTATION, version),
    sharedFsByConfig: valueAt(isGo ? GO_SHARED_FS_BY_CONFIG : RS_SHARED_FS_BY_CONFIG, version),
    // Go: `annotation … is not enabled`; runtime-rs: a warning in its log (kt/annotations/mod.rs 4.1; executed, 02-…).
    notEnabledKey: isGo ? "rejects" : "ignored",
    booleans: isGo ? "go-parse-bool" : "rust-trimmed",
    defaultEnableAnnotations: possibleEnableAnnotations.length === 1 ? (possibleEnableAnnotations[0] ?? null) : null,
    possibleEnableAnnotations,
    // runtime-rs ships neither key, and both are false there (3.32.0-rs-default.toml; executed, 11-disable_block_device_use=true).
    defaultDisableBlockDeviceUse: isGo && valueAt(GO_DISABLE_BLOCK_DEVICE_USE, version),
    defaultDisableGuestEmptyDir: isGo && valueAt(GO_DISABLE_GUEST_EMPTY_DIR, version),
    emptydirModes: valueAt(isGo ? GO_EMPTYDIR_MODES : RS_EMPTYDIR_MODES, version),
    newerThanKnown: isNewerThanKnown(version),
  };
}

/** Whether the tables end before this release: it is taken to be like NEWEST_KNOWN, and whoever shows it says so. */
export function isNewerThanKnown(version: KataVersion): boolean {
  return newest !== null && compareKataVersions(version, newest) > 0;
}

const newest = parseKataVersion(NEWEST_KNOWN);
