import { describe, expect, it } from "vitest";
import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, HYPERVISOR_PREFIX, SHARED_FS_KEY } from "../../src/kata/annotations.ts";
import { parseConfigTables } from "../../src/kata/config.ts";
import type { ConfigTables } from "../../src/kata/config-tables.ts";
import { caseOf, predict } from "../../src/kata/predict.ts";
import type { Prediction } from "../../src/kata/prediction.ts";
import type { KataRuntime } from "../../src/kata/releases.ts";
import { type KataVersion, parseKataVersion } from "../../src/kata/version.ts";

function version(text: string): KataVersion {
  const parsed = parseKataVersion(text);
  if (parsed === null) throw new Error(`${text} should be a version`);
  return parsed;
}

function dropIn(text: string): ConfigTables {
  const parsed = parseConfigTables({ path: "drop-in.toml", text });
  if (parsed.kind === "invalid") throw new Error(parsed.message);
  return parsed.tables;
}

function predicted(
  release: string,
  runtime: KataRuntime,
  text = "",
  annotations: Readonly<Record<string, string>> = {},
): Prediction {
  return predict(caseOf(version(release), runtime, dropIn(text), annotations));
}

const NONE = `[hypervisor.clh]\nshared_fs = "none"\n`;
const PRIVATE = { kind: "accepted", memory: { shared: false, hugepages: false } };
const SHARED = { kind: "accepted", memory: { shared: true, hugepages: false } };

describe("private memory", () => {
  it.each([
    ["3.11.0", "go", SHARED],
    ["3.12.0", "go", PRIVATE],
    ["3.29.0", "go", PRIVATE],
    ["4.1.0", "go", PRIVATE],
    ["9.0.0", "go", PRIVATE],
    ["3.25.0", "runtime-rs", SHARED],
    ["4.1.0", "runtime-rs", SHARED],
  ] as const)("%s on %s", (release, runtime, expected) => {
    expect(predicted(release, runtime, NONE)).toMatchObject(expected);
  });

  it("comes back when an annotation turns huge pages off", () => {
    const config = `${NONE}enable_hugepages = true\nenable_annotations = ["enable_hugepages"]`;
    expect(predicted("3.32.0", "go", config)).toMatchObject({ memory: { shared: true, hugepages: true } });
    expect(predicted("3.32.0", "go", config, { [ENABLE_HUGEPAGES_KEY]: "f" })).toMatchObject({
      ...PRIVATE,
      ignored: [],
      redundant: [],
    });
  });

  it("goes with an annotation that turns virtio-fs on again", () => {
    const config = `${NONE}enable_annotations = ["shared_fs"]`;
    expect(predicted("4.1.0", "go", config, { [SHARED_FS_KEY]: "virtio-fs" })).toMatchObject(SHARED);
  });
});

describe("the handler's drop-in", () => {
  it.each([
    ["3.27.0", "accepted"],
    ["3.28.0", "rejected"],
    ["3.32.0", "rejected"],
    ["4.0.0", "accepted"],
    ["4.1.0", "accepted"],
  ])("with emptydir_mode block-plain on %s: %s", (release, kind) => {
    const given = predicted(release, "go", `${NONE}[runtime]\nemptydir_mode = "block-plain"`);
    expect(given.kind).toBe(kind);
    if (given.kind === "rejected") expect(given.by).toBe("configuration-refused");
  });

  it.each([
    ["thp = true", "3.12.0", "rejected"],
    ["thp = true", "4.1.0", "rejected"],
    ["reclaim_guest_freed_memory = true", "3.16.0", "rejected"],
    ["reclaim_guest_freed_memory = true", "3.17.0", "accepted"],
    ['file_mem_backend = ""', "3.31.0", "accepted"],
    ['file_mem_backend = ""', "3.32.0", "rejected"],
    ["disable_block_device_use = false", "3.12.0", "accepted"],
    ['shared_fs = "None"', "3.32.0", "rejected"],
    ['virtio_fs_daemon = ""', "3.32.0", "rejected"],
  ])("with %s on %s: %s", (key, release, kind) => {
    expect(predicted(release, "go", `[hypervisor.clh]\n${key}`).kind).toBe(kind);
  });

  it("with a value of the wrong type fails every pod", () => {
    const given = predict(caseOf(version("4.1.0"), "go", { hypervisor: { shared_fs: true } }));
    expect(given).toMatchObject({ kind: "rejected", by: "configuration-refused" });
  });

  it("wants none in runtime-rs's file from 3.18.0 only", () => {
    expect(predicted("3.17.0", "runtime-rs", NONE)).toMatchObject({ by: "configuration-refused" });
    expect(predicted("3.18.0", "runtime-rs", NONE)).toMatchObject(SHARED);
  });
});

describe("shared_fs by annotation", () => {
  const admitted = `[hypervisor.clh]\nenable_annotations = ["shared_fs"]`;

  it.each([
    ["go", "3.25.0", "none", { by: "value-refused" }],
    ["go", "3.25.0", "virtio-9p", { by: "value-refused" }],
    ["go", "3.25.0", "virtio-fs", { kind: "accepted", redundant: [SHARED_FS_KEY], ignored: [] }],
    ["runtime-rs", "3.19.1", "none", { by: "value-refused" }],
    ["runtime-rs", "3.20.0", " none", { ...SHARED, ignored: [], redundant: [] }],
    ["runtime-rs", "3.20.0", "None", { by: "value-refused" }],
    ["runtime-rs", "3.20.0", "", { ...SHARED, redundant: [SHARED_FS_KEY] }],
  ] as const)("%s %s takes %j: %j", (runtime, release, value, expected) => {
    expect(predicted(release, runtime, admitted, { [SHARED_FS_KEY]: value })).toMatchObject(expected);
  });

  it("is a hard error on Go and nothing on runtime-rs where the list does not admit it", () => {
    const annotations = { [SHARED_FS_KEY]: "none" };
    expect(predicted("3.29.0", "go", "", annotations)).toMatchObject({ by: "key-not-enabled" });
    expect(predicted("3.29.0", "runtime-rs", "", annotations)).toMatchObject({ ...SHARED, ignored: [SHARED_FS_KEY] });
  });
});

/** A handler with huge pages whose pod asks for another file. */
function withConfigPath(release: string, path: string, files: readonly [string, object][] = []): Prediction {
  return predict({
    ...caseOf(version(release), "go", { hypervisor: { enable_hugepages: true } }, { [CONFIG_PATH_KEY]: path }),
    otherFiles: new Map(files),
  });
}

describe("config_path", () => {
  it("wins over the handler's file and its drop-ins, up to 3.32", () => {
    const files: [string, object][] = [["/a.toml", { hypervisor: { shared_fs: "none" } }]];
    expect(withConfigPath("3.32.0", "/a.toml", files)).toMatchObject({ ...PRIVATE, ignored: [], redundant: [] });
    expect(withConfigPath("4.0.0", "/a.toml", files)).toMatchObject({
      memory: { shared: true, hugepages: true },
      ignored: [CONFIG_PATH_KEY],
    });
  });

  it("rejects the pod where the file is missing, and means nothing where it is empty", () => {
    expect(withConfigPath("3.32.0", "/missing.toml")).toMatchObject({ by: "configuration-refused" });
    expect(withConfigPath("4.0.0", "/missing.toml")).toMatchObject({ kind: "accepted" });
    expect(withConfigPath("3.32.0", "")).toMatchObject({ memory: { hugepages: true }, redundant: [CONFIG_PATH_KEY] });
  });

  it("leaves the drop-ins beside the handler's file behind, with what is wrong in them", () => {
    const broken = caseOf(version("3.32.0"), "go", { hypervisor: { thp: true } }, { [CONFIG_PATH_KEY]: "/a.toml" });
    expect(predict({ ...broken, otherFiles: new Map([["/a.toml", {}]]) })).toMatchObject(SHARED);
    expect(predict({ ...broken, annotations: new Map() })).toMatchObject({ by: "configuration-refused" });
  });

  it("finds the handler's own file with its drop-ins where kata-deploy puts it", () => {
    const own = "/opt/kata/share/defaults/kata-containers/configuration-clh.toml";
    expect(withConfigPath("3.26.0", own)).toMatchObject({ memory: { hugepages: true }, redundant: [CONFIG_PATH_KEY] });
    const environment = { kataConfFile: own, hasConfigPathOption: false };
    expect(predict({ ...caseOf(version("4.1.0"), "go", dropIn(NONE)), ...environment })).toMatchObject(PRIVATE);
  });

  it("changes nothing by a file that says the same", () => {
    expect(
      withConfigPath("3.32.0", "/same.toml", [["/same.toml", { hypervisor: { enable_hugepages: true } }]]),
    ).toMatchObject({
      redundant: [CONFIG_PATH_KEY],
    });
  });
});

describe("other keys", () => {
  const everything = `[hypervisor.clh]\nenable_annotations = [".*"]`;

  it.each([
    ["go", "foo", "bar", { kind: "accepted" }],
    ["runtime-rs", "foo", "bar", { by: "key-unknown" }],
    ["go", "enable_iommu", "maybe", { by: "value-refused" }],
    ["go", "virtio_fs_extra_args", '["-o","shared"]', { kind: "accepted" }],
    ["go", "virtio_fs_extra_args", "[1]", { by: "value-refused" }],
    ["go", "default_memory", "255", { by: "value-refused" }],
    ["go", "default_memory", "0256", { kind: "accepted" }],
    ["go", "default_memory", "+256", { by: "value-refused" }],
    ["runtime-rs", "default_memory", " +64", { kind: "accepted" }],
    ["go", "cc_init_data", "x", { kind: "undetermined" }],
    ["go", "kernel", "/boot/vmlinuz", { kind: "undetermined" }],
  ] as const)("%s and %s=%s: %j", (runtime, name, value, expected) => {
    expect(predicted("4.1.0", runtime, everything, { [HYPERVISOR_PREFIX + name]: value })).toMatchObject(expected);
  });

  it("names the key that is not enabled before a value that would be refused", () => {
    expect(
      predicted("4.1.0", "go", "", {
        "io.katacontainers.config.agent.enable_tracing": "maybe",
        [SHARED_FS_KEY]: "none",
      }),
    ).toMatchObject({ by: "key-not-enabled" });
    expect(predicted("4.1.0", "go", "", { "io.katacontainers.config.agent.enable_tracing": "maybe" })).toMatchObject({
      by: "value-refused",
    });
  });

  it("does not guess between the lists that a release may have", () => {
    const annotations = { [`${HYPERVISOR_PREFIX}default_memory`]: "1" };
    expect(predicted("3.20.0", "runtime-rs", "", annotations)).toMatchObject({ kind: "accepted" });
    expect(predicted("3.25.0", "runtime-rs", "", annotations)).toMatchObject({ kind: "undetermined" });
    expect(predicted("3.32.0", "runtime-rs", "", annotations)).toMatchObject({ by: "value-refused" });
  });
});
