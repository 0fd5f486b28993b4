import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfigTables, parseKataConfig } from "../../src/kata/config.ts";

const MAIN = {
  path: "/opt/kata/share/defaults/kata-containers/configuration-clh.toml",
  text: `# Kata
[hypervisor.clh]
shared_fs = "virtio-fs"
enable_annotations = ["enable_iommu", "kernel_params"]
disable_block_device_use = true
default_memory = 2048
[runtime]
emptydir_mode = "shared-fs"
[factory]
enable_template = false
`,
};

const dropIn = (name: string, text: string): { path: string; text: string } => ({
  path: `/etc/config.d/${name}`,
  text,
});

describe("parseKataConfig", () => {
  it("reads the keys that decisions rest on", () => {
    expect(parseKataConfig(MAIN)).toMatchObject({
      kind: "config",
      config: {
        sharedFs: "virtio-fs",
        enableHugepages: null,
        enableAnnotations: ["enable_iommu", "kernel_params"],
        disableBlockDeviceUse: true,
        virtioFsDaemon: null,
        defaultMemory: 2048,
        confidentialGuest: null,
        emptydirMode: "shared-fs",
        disableGuestEmptyDir: null,
        enableTemplate: false,
      },
    });
  });

  it("merges drop-ins in the order of their names, not of the array or of their folders", () => {
    const parsed = parseKataConfig(MAIN, [
      dropIn("50-user.toml", `[hypervisor.clh]\nshared_fs = "none"\nenable_annotations = ["kernel_params"]`),
      { path: "/z/10-base.toml", text: `[hypervisor.clh]\nshared_fs = "virtio-9p"\nenable_hugepages = true` },
      dropIn("9-late.toml", `[runtime]\nemptydir_mode = "block-plain"`),
    ]);
    expect(parsed).toMatchObject({
      config: {
        sharedFs: "none",
        enableHugepages: true,
        enableAnnotations: ["kernel_params"],
        emptydirMode: "block-plain",
        disableBlockDeviceUse: true,
      },
    });
  });

  it("reads runtime-rs's older table name", () => {
    const parsed = parseKataConfig({ path: "c.toml", text: `[hypervisor.cloud-hypervisor]\nshared_fs = "none"` });
    expect(parsed).toMatchObject({ config: { sharedFs: "none" } });
  });

  it("takes an empty file for one that says nothing", () => {
    expect(parseKataConfig({ path: "c.toml", text: "" })).toMatchObject({
      config: { sharedFs: null, enableAnnotations: null, emptydirMode: null },
    });
  });

  it.each([
    ["shared_fs = none", { line: 2, key: null }],
    ["shared_fs = 9", { line: 2, key: "hypervisor.clh.shared_fs", message: "must be a string" }],
    [
      "\n  enable_hugepages='no'",
      { line: 3, key: "hypervisor.clh.enable_hugepages", message: "must be true or false" },
    ],
    ["enable_annotations = ['a', 1]", { line: 2, message: "must be a list of strings" }],
    ["default_memory = 2048.5", { line: 2, message: "must be a whole number" }],
    ['default_memory = "2048"', { line: 2, message: "must be a whole number" }],
  ])("names file, line and key of %j", (text, expected) => {
    expect(parseKataConfig(MAIN, [dropIn("50-user.toml", `[hypervisor.clh]\n${text}`)])).toMatchObject({
      kind: "invalid",
      file: "/etc/config.d/50-user.toml",
      ...expected,
    });
  });

  it.each([
    ["hypervisor = 1", "hypervisor"],
    ["[hypervisor]\nclh = 1", "hypervisor.clh"],
    ["runtime = []", "runtime"],
    ["factory = 1979-05-27", "factory"],
  ])("wants tables where Kata has tables: %j", (text, key) => {
    expect(parseConfigTables({ path: "c.toml", text })).toMatchObject({
      kind: "invalid",
      key,
      message: "must be a table",
    });
  });

  it.each([
    ["what nests too deeply", `a = ${"[".repeat(100_000)}`],
    ["more than any configuration has", " ".repeat(1024 * 1024 + 1)],
    ["a number past what TOML holds", "[hypervisor.clh]\ndefault_memory = 99999999999999999999"],
    ["a size past what Kata holds", "[hypervisor.clh]\ndefault_memory = 9223372036854775807"],
    ["a key that is set twice", "[runtime]\nemptydir_mode = 'a'\nemptydir_mode = 'b'"],
    ["bytes that are no text", "\u0000\u0001\ufffd"],
  ])("answers %s with an error value", (_, text) => {
    const parsed = parseConfigTables({ path: "c.toml", text });
    expect(parsed).toMatchObject({ kind: "invalid", file: "c.toml" });
    expect(parsed.kind === "invalid" && parsed.message).not.toBe("");
  });

  it("gives no key to the prototype", () => {
    const parsed = parseConfigTables({ path: "c.toml", text: "[__proto__]\nshared_fs = 'none'\n[constructor]\na = 1" });
    expect(parsed).toMatchObject({ kind: "tables", tables: { hypervisor: {} } });
    expect(Object.hasOwn(Object.prototype, "shared_fs")).toBe(false);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(["tables", "invalid"]).toContain(parseConfigTables({ path: "c.toml", text }).kind);
      }),
    );
  });
});

describe("the recorded default configurations", () => {
  const folder = new URL("../conformance/vectors/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith("-default.toml"));

  it.each(files)("%s can be read", (name) => {
    const parsed = parseKataConfig({ path: name, text: readFileSync(new URL(name, folder), "utf8") });
    expect(parsed).toMatchObject({ kind: "config", config: { sharedFs: "virtio-fs", defaultMemory: 2048 } });
  });
});
