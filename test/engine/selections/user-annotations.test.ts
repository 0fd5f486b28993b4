import { describe, expect, it } from "vitest";
import type { KataEvidence } from "../../../src/engine/evidence.ts";
import { gatherEvidence } from "../../../src/engine/gather-evidence.ts";
import { unknown } from "../../../src/engine/facts.ts";
import type { BlockingRuleReason } from "../../../src/engine/reasons.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { refusedUserAnnotations } from "../../../src/engine/selections/user-annotations.ts";
import { annotated, line, podOf } from "../sample-facts.ts";

const PREFIX = "io.katacontainers.config.hypervisor.";

function kata(policy: KataStatement): KataEvidence {
  return gatherEvidence({ handler: null, policy, classVersion: null, nodes: unknown("not found") }).evidence;
}

const GO = kata({ version: "3.32.0", runtime: "go" });

/** `key (detail)` of each finding. */
function refused(
  annotations: Readonly<Record<string, string>>,
  destination: KataEvidence,
  dangerouslyAllow: readonly BlockingRuleReason[] = [],
): string[] {
  return refusedUserAnnotations(annotated(annotations), [destination], dangerouslyAllow).map((finding) =>
    line(finding).replace(`UserAnnotationRefused blocks /metadata/annotations/${PREFIX}`, ""),
  );
}

describe("refusedUserAnnotations: the allow-list", () => {
  it.each<[string, string, KataEvidence, string[]]>([
    ["the release's default", "enable_iommu", GO, []],
    ["admitted without an anchor", "enable_iommu_platform", GO, []],
    ["in no list", "default_vcpus", GO, ["default_vcpus (not enabled)"]],
    ["in other letters", "Enable_IOMMU", GO, ["Enable_IOMMU (not enabled)"]],
    ["stated", "default_vcpus", kata({ enableAnnotations: ["default_"] }), []],
    ["stated, and not in it", "enable_iommu", kata({ enableAnnotations: [] }), ["enable_iommu (not enabled)"]],
    ["unknown", "enable_iommu", kata({}), ["enable_iommu (unknown)"]],
    ["runtime unknown", "enable_iommu", kata({ version: "3.32.0" }), ["enable_iommu (unknown)"]],
    ["an empty pattern admits all", "anything", kata({ enableAnnotations: [""] }), []],
    [
      "a broken pattern is skipped by Go",
      "default_vcpus",
      kata({ runtime: "go", enableAnnotations: ["[", "default_vcpus"] }),
      [],
    ],
    [
      "and ends the list on runtime-rs",
      "default_vcpus",
      kata({ runtime: "runtime-rs", enableAnnotations: ["[", "default_vcpus"] }),
      ["default_vcpus (not enabled)"],
    ],
    ["the prefix alone", "", GO, [" (not enabled)"]],
    ["a key with a slash", "a/b~c", GO, ["a~1b~0c (not enabled)"]],
  ])("%s: %s", (_, name, destination, expected) => {
    expect(refused({ [PREFIX + name]: "1" }, destination)).toEqual(expected);
  });

  it("does not look at keys outside the hypervisor's", () => {
    expect(
      refused(
        { "io.katacontainers.config.runtime.debug": "1", "io.katacontainers.config_path": "/x", "example.com/a": "b" },
        kata({}),
      ),
    ).toEqual([]);
    expect(refusedUserAnnotations(podOf(), [kata({})], [])).toEqual([]);
    expect(refusedUserAnnotations({}, [kata({})], [])).toEqual([]);
  });

  it("names each key, sorted, whatever order the pod has them in", () => {
    const keys = [`${PREFIX}c`, `${PREFIX}a`, `${PREFIX}b`];
    expect(refused(Object.fromEntries(keys.map((key) => [key, "1"])), GO)).toEqual([
      "a (not enabled)",
      "b (not enabled)",
      "c (not enabled)",
    ]);
  });
});

describe("refusedUserAnnotations: keys that have a rule of their own", () => {
  // Go refuses a key that is not enabled whatever its value is: one that the rule lets pass has to be enabled as well.
  it.each<[string, string, BlockingRuleReason, boolean]>([
    ["shared_fs", "virtio-fs", "UserSharedFs", true],
    ["shared_fs", "none", "UserSharedFs", false],
    ["virtio_fs_cache", "auto", "UserVirtioFs", true],
    ["virtio_fs_extra_args", "[]", "UserVirtioFs", true],
    ["enable_hugepages", "true", "UserHugePages", true],
    ["enable_hugepages", "odd", "UserHugePages", true],
    ["enable_hugepages", "false", "UserHugePages", false],
    ["enable_hugepages", "0", "UserHugePages", false],
    ["enable_vhost_user_store", "true", "UserVhostUser", true],
    ["enable_vhost_user_store", "odd", "UserVhostUser", true],
    ["enable_vhost_user_store", "false", "UserVhostUser", false],
    ["vhost_user_store_path", "/x", "UserVhostUser", true],
    ["disable_block_device_use", "true", "UserBlockDevice", true],
    ["disable_block_device_use", "false", "UserBlockDevice", false],
    ["block_device_driver", "virtio-scsi", "UserBlockDevice", true],
    ["block_device_driver", "virtio-blk", "UserBlockDevice", false],
    ["confidential_guest", "true", "ConfidentialGuest", true],
    ["confidential_guest", "false", "ConfidentialGuest", false],
    ["cc_init_data", "H4s=", "ConfidentialGuest", true],
    ["cc_init_data", "", "ConfidentialGuest", false],
  ])("%s=%j: %s blocks it already: %s", (name, value, reason, isBlocked) => {
    const found = [`${name} (not enabled)`];
    const given = { [PREFIX + name]: value };
    expect(refused(given, kata({ enableAnnotations: ["none_of_them"] }))).toEqual(isBlocked ? [] : found);
    expect(refused(given, kata({ enableAnnotations: [name] }))).toEqual([]);
    // A rule that the policy has switched off blocks nothing.
    expect(refused(given, kata({ enableAnnotations: ["none_of_them"] }), [reason])).toEqual(found);
  });
});
