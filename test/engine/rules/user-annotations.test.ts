// user-shared-fs, user-virtio-fs, user-huge-pages, user-config-path, user-vhost-user,
// user-block-device, user-guest-pull and confidential-guest.
import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../src/engine/facts.ts";
import type { PolicyTarget, RootfsKind } from "../../../src/engine/policy.ts";
import { confidentialGuest } from "../../../src/engine/rules/confidential-guest.ts";
import { userBlockDevice } from "../../../src/engine/rules/user-block-device.ts";
import { userConfigPath } from "../../../src/engine/rules/user-config-path.ts";
import { userGuestPull } from "../../../src/engine/rules/user-guest-pull.ts";
import { userHugePages } from "../../../src/engine/rules/user-huge-pages.ts";
import { userSharedFs } from "../../../src/engine/rules/user-shared-fs.ts";
import { userVhostUser } from "../../../src/engine/rules/user-vhost-user.ts";
import { userVirtioFs } from "../../../src/engine/rules/user-virtio-fs.ts";
import { annotated, classOf, podOf, PRIVATE_FILE } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const RULES_OF_USERS = [
  userSharedFs,
  userVirtioFs,
  userHugePages,
  userConfigPath,
  userVhostUser,
  userBlockDevice,
  confidentialGuest,
];

/** `UserSharedFs shared_fs` for each finding. */
function verdicts(annotations: Readonly<Record<string, string>>, target: Partial<PolicyTarget> = {}): string[] {
  return RULES_OF_USERS.flatMap((rule) => findingsOf(rule, annotated(annotations), { target })).map((text) =>
    text.replace(" blocks /metadata/annotations/", " ").replace(HYPERVISOR, ""),
  );
}

describe("what users say of memory", () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ shared_fs: "none" }, []],
    [{ shared_fs: "none", enable_hugepages: "false" }, []],
    [{ shared_fs: "none", enable_hugepages: "true" }, ["UserSharedFs shared_fs", "UserHugePages enable_hugepages"]],
    [{ shared_fs: "none", enable_hugepages: "no" }, ["UserSharedFs shared_fs", "UserHugePages enable_hugepages"]],
    [{ shared_fs: "virtio-fs" }, ["UserSharedFs shared_fs"]],
    [{ shared_fs: "" }, ["UserSharedFs shared_fs"]],
    [{ shared_fs: "None" }, ["UserSharedFs shared_fs"]],
    [{ shared_fs: " none" }, ["UserSharedFs shared_fs"]],
    [{ enable_hugepages: "false" }, []],
    [{ enable_hugepages: "F" }, []],
    [{ enable_hugepages: "true" }, ["UserHugePages enable_hugepages"]],
    [{ enable_hugepages: "" }, ["UserHugePages enable_hugepages"]],
    [{ enable_hugepages: " false" }, ["UserHugePages enable_hugepages"]],
    [
      { virtio_fs_cache: "never", virtio_fs_cache_size: "0" },
      ["UserVirtioFs virtio_fs_cache", "UserVirtioFs virtio_fs_cache_size"],
    ],
    [{ virtio_fs_extra_args: "" }, ["UserVirtioFs virtio_fs_extra_args"]],
    [{ virtio_fs: "x", virtiofs_cache: "x" }, []],
    [{ enable_vhost_user_store: "true" }, ["UserVhostUser enable_vhost_user_store"]],
    [{ enable_vhost_user_store: "odd" }, ["UserVhostUser enable_vhost_user_store"]],
    [{ enable_vhost_user_store: "false" }, []],
    [
      { vhost_user_store_path: "/x", vhost_user_reconnect_timeout_sec: "1" },
      ["UserVhostUser vhost_user_reconnect_timeout_sec", "UserVhostUser vhost_user_store_path"],
    ],
    [{ disable_block_device_use: "true" }, ["UserBlockDevice disable_block_device_use"]],
    [{ disable_block_device_use: "odd" }, ["UserBlockDevice disable_block_device_use"]],
    [{ disable_block_device_use: "0" }, []],
    [{ block_device_driver: "virtio-scsi" }, ["UserBlockDevice block_device_driver"]],
    [{ block_device_driver: "" }, ["UserBlockDevice block_device_driver"]],
    [{ block_device_driver: "virtio-blk" }, []],
    [
      { block_device_driver: "nvdimm", disable_block_device_use: "1" },
      ["UserBlockDevice block_device_driver", "UserBlockDevice disable_block_device_use"],
    ],
    [{ confidential_guest: "true" }, ["ConfidentialGuest confidential_guest"]],
    [{ confidential_guest: "odd" }, ["ConfidentialGuest confidential_guest"]],
    [{ confidential_guest: "false" }, []],
    [{ cc_init_data: "H4s=" }, ["ConfidentialGuest cc_init_data"]],
    [{ cc_init_data: "" }, []],
    [{ kernel_params: "x", default_vcpus: "2" }, []],
  ])("%j", (annotations, expected) => {
    const keys = Object.entries(annotations).map(([name, value]) => [HYPERVISOR + name, value] as const);
    expect(verdicts(Object.fromEntries(keys))).toEqual(expected);
    // Another order of the keys changes nothing.
    expect(verdicts(Object.fromEntries(keys.toReversed()))).toEqual(expected);
  });

  it("sees another choice of shared_fs than ours, whatever our status says", () => {
    const status = { decision: "patch", selection: "hypervisor-annotations", mode: "enforce", version: "0" };
    const ours = { "kata-thp.dev/status": JSON.stringify({ ...status, from: "kata-clh" }) };
    expect(verdicts({ ...ours, [`${HYPERVISOR}shared_fs`]: "virtio-fs" })).toEqual(["UserSharedFs shared_fs"]);
  });

  it.each<[string, string | null, string[]]>([
    ["/own.toml", null, ["UserConfigPath io.katacontainers.config_path"]],
    ["", null, ["UserConfigPath io.katacontainers.config_path"]],
    ["/own.toml", PRIVATE_FILE, ["UserConfigPath io.katacontainers.config_path"]],
    [PRIVATE_FILE, PRIVATE_FILE, []],
  ])("config_path %j where the policy's is %j", (own, configPath, expected) => {
    expect(verdicts({ "io.katacontainers.config_path": own }, { configPath })).toEqual(expected);
  });
});

describe("confidentialGuest: by the class's name", () => {
  const found = ["ConfidentialGuest blocks /spec/runtimeClassName"];
  it.each([
    ["kata-clh", "kata-clh", []],
    ["kata-qemu-tdx", "kata-qemu-tdx", found],
    ["kata-qemu-snp", "x", found],
    ["kata.sev", "x", found],
    ["kata-cc", "x", found],
    ["kata-se", "x", found],
    ["plain", "kata-qemu-coco-dev", found],
    // Parts of names, not letters in them.
    ["kata-secure", "kata-services", []],
    ["kata-accel", "kata-tdxless", []],
  ])("class %s, handler %s", (runtimeClass, handler, expected) => {
    const targetClass = known(classOf(runtimeClass, { handler }));
    expect(findingsOf(confidentialGuest, podOf(), { target: { runtimeClass }, facts: { targetClass } })).toEqual(
      expected,
    );
  });

  it("looks at the name where the class is not known", () => {
    const facts = { targetClass: unknown<never>("not synced") };
    expect(findingsOf(confidentialGuest, podOf(), { target: { runtimeClass: "kata-tdx" }, facts })).toEqual(found);
    expect(findingsOf(confidentialGuest, podOf(), { target: { runtimeClass: "kata-clh" }, facts })).toEqual([]);
  });
});

describe("userGuestPull", () => {
  const KEY = "io.katacontainers.config.runtime.experimental_force_guest_pull";
  const FOUND = [`UserGuestPull blocks /metadata/annotations/${KEY}`];
  it.each<[string, RootfsKind | undefined, string[]]>([
    ["false", "guest-pull", FOUND],
    ["0", "guest-pull", FOUND],
    ["odd", "guest-pull", FOUND],
    ["false", undefined, FOUND],
    ["false", "block", []],
    ["false", "erofs", []],
    ["true", "guest-pull", []],
    ["1", undefined, []],
  ])("%s where the root filesystem is %s", (value, rootfs, expected) => {
    const kata = rootfs === undefined ? {} : { rootfs };
    expect(findingsOf(userGuestPull, annotated({ [KEY]: value }), { kata })).toEqual(expected);
  });

  it("finds nothing without the annotation", () => {
    expect(findingsOf(userGuestPull, annotated({}), { kata: { rootfs: "guest-pull" } })).toEqual([]);
  });
});
