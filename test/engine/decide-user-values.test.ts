import { describe, expect, it } from "vitest";
import type { Facts, RuntimeClassFacts } from "../../src/engine/facts.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { Policy, PolicyTarget } from "../../src/engine/policy.ts";
import { annotated, factsOf, factsWithVariant, policyOf, PRIVATE_FILE } from "./sample-facts.ts";
import { decisionLines } from "./verdict-text.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const CONFIG_PATH = "io.katacontainers.config_path";

function withPod(pod: Pod, variant: Partial<RuntimeClassFacts> = {}): Facts {
  return factsWithVariant({ pod }, variant);
}

describe("decide: no value of the user's is overwritten", () => {
  const own: Partial<PolicyTarget> = {
    selection: "hypervisor-annotations",
    kata: { acceptsSharedFsNone: true, enableAnnotations: [""], rootfs: "block", disableBlockDeviceUse: false },
  };
  const sharedFs = annotated({ [`${HYPERVISOR}shared_fs`]: "virtio-fs" });
  const file: Partial<PolicyTarget> = {
    selection: "config-path",
    configPath: PRIVATE_FILE,
    kata: { rootfs: "block", disableBlockDeviceUse: false },
  };
  const configPath = annotated({ [CONFIG_PATH]: "/own.toml" });
  // dangerouslyAllow lets a pod be patched beside such an annotation, not in its place.
  it.each<[string, Facts, Partial<PolicyTarget>, Policy["dangerouslyAllow"], string[]]>([
    [
      "shared_fs, which the patch would write",
      factsOf({ pod: sharedFs }),
      own,
      ["UserSharedFs"],
      ["skip", `UserSharedFs blocks /metadata/annotations/${HYPERVISOR}shared_fs`],
    ],
    [
      "config_path, which the patch would write",
      factsOf({ pod: configPath }),
      file,
      ["UserConfigPath"],
      ["skip", `UserConfigPath blocks /metadata/annotations/${CONFIG_PATH}`],
    ],
    [
      "config_path beside the annotations",
      factsOf({ pod: configPath }),
      own,
      ["UserConfigPath"],
      ["patch hypervisor-annotations", `UserConfigPath degrades /metadata/annotations/${CONFIG_PATH}`],
    ],
    [
      "config_path beside the class",
      withPod(configPath),
      {},
      ["UserConfigPath"],
      ["patch runtime-class", `UserConfigPath degrades /metadata/annotations/${CONFIG_PATH}`],
    ],
    [
      "enable_hugepages, which the patch would write",
      factsOf({ pod: annotated({ [`${HYPERVISOR}enable_hugepages`]: "true" }) }),
      own,
      ["UserHugePages"],
      ["skip", `UserHugePages blocks /metadata/annotations/${HYPERVISOR}enable_hugepages`],
    ],
    // Kata still has to enable the key there.
    [
      "shared_fs in another class, not enabled",
      withPod(sharedFs),
      { selection: "runtime-class", kata: { version: "4.1.0", runtime: "go" } },
      ["UserSharedFs"],
      [
        "skip",
        `UserAnnotationRefused blocks /metadata/annotations/${HYPERVISOR}shared_fs (not enabled)`,
        `UserSharedFs degrades /metadata/annotations/${HYPERVISOR}shared_fs`,
      ],
    ],
    [
      "shared_fs in another class, enabled",
      withPod(sharedFs),
      { private: { enableAnnotations: ["shared_fs"] } },
      ["UserSharedFs"],
      ["patch runtime-class", `UserSharedFs degrades /metadata/annotations/${HYPERVISOR}shared_fs`],
    ],
  ])("%s", (_, facts, target, dangerouslyAllow, expected) => {
    expect(decisionLines(facts, policyOf(target, { dangerouslyAllow }))).toEqual(expected);
  });
});
