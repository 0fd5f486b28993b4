import { describe, expect, it } from "vitest";
import { type Facts, known, type NodeGroup, unknown } from "../../../src/engine/facts.ts";
import type { PolicyTarget } from "../../../src/engine/policy.ts";
import type { Attempt } from "../../../src/engine/selections/attempt.ts";
import { attemptConfigPath } from "../../../src/engine/selections/config-path.ts";
import { annotated, classOf, factsOf, line, policyOf, PRIVATE_FILE, reporting, targetOf } from "../sample-facts.ts";

const CLASS = "/spec/runtimeClassName";
const GO: PolicyTarget["kata"] = { version: "3.30.0", runtime: "go" };

function attempt(target: Partial<PolicyTarget>, facts: Facts = factsOf(), isAuto = false): Attempt {
  const whole = targetOf({ configPath: PRIVATE_FILE, ...target });
  return attemptConfigPath({ facts, pod: facts.pod, policy: policyOf(whole), target: whole, isAuto });
}

function told({ aboutKata, firm, degrades, isUndecided }: Attempt): string[] {
  return [...aboutKata, ...firm, ...degrades].map(line).concat(isUndecided ? ["undecided"] : []);
}

describe("attemptConfigPath", () => {
  it.each<[string, Partial<PolicyTarget>, boolean, string[]]>([
    ["no file, auto", { configPath: null, kata: GO }, true, ["undecided"]],
    [
      "no file, explicit",
      { configPath: null, kata: GO },
      false,
      [`KataSupportUnknown blocks ${CLASS} (configPath)`, "undecided"],
    ],
    [
      "no file, and it would be ignored",
      { configPath: null, kata: { version: "4.0.0" } },
      true,
      [`ConfigPathIgnored blocks ${CLASS} (from 4.0.0)`],
    ],
    ["rootfs known", { kata: { ...GO, rootfs: "block", disableBlockDeviceUse: false } }, true, []],
    ["rootfs unknown, explicit", { kata: GO }, false, [`RootfsUnknown degrades ${CLASS}`]],
    [
      "rootfs unknown, auto",
      { kata: GO },
      true,
      [`KataSupportUnknown blocks ${CLASS} (rootfs)`, `RootfsUnknown degrades ${CLASS}`],
    ],
    ["rootfs shared", { kata: { ...GO, rootfs: "shared" } }, false, [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`]],
    // The handler picks the snapshotter, not the file.
    [
      "rootfs shared, whatever the file says",
      { kata: { ...GO, rootfs: "shared" }, private: { rootfs: "erofs" } },
      false,
      [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`],
    ],
    ["the file's rootfs", { kata: GO, private: { rootfs: "guest-pull" } }, true, []],
    [
      "the runtime unknown, auto",
      { kata: { version: "3.30.0", rootfs: "block", disableBlockDeviceUse: false } },
      true,
      ["undecided"],
    ],
    [
      "the version unknown, auto",
      { kata: { runtime: "go", rootfs: "block", disableBlockDeviceUse: false } },
      true,
      ["undecided"],
    ],
    ["nothing known, explicit", {}, false, [`RootfsUnknown degrades ${CLASS}`]],
    // Go 3.28.0 to 3.32.0 rejects every pod of a configuration with block-plain: executed, vectors 13b-….
    [
      "block-plain in the file",
      { kata: { ...GO, rootfs: "block", disableBlockDeviceUse: false }, private: { emptydirMode: "block-plain" } },
      false,
      [`EvidenceContradicts blocks ${CLASS} (emptydirMode)`],
    ],
    [
      "block-plain in the file, older",
      {
        kata: { version: "3.27.0", runtime: "go", rootfs: "block", disableBlockDeviceUse: false },
        private: { emptydirMode: "block-plain" },
      },
      false,
      [],
    ],
    [
      "one contradiction is enough",
      { kata: { ...GO, rootfs: "block", disableBlockDeviceUse: false, emptydirMode: "block-plain" } },
      false,
      [`EvidenceContradicts blocks ${CLASS} (emptydirMode)`],
    ],
  ])("%s", (_, target, isAuto, expected) => {
    expect(told(attempt(target, factsOf(), isAuto))).toEqual(expected);
  });

  it("takes an explicit selection at its word where some nodes say nothing, and says so to auto", () => {
    const silent: NodeGroup = { nodes: 1, runtimeHandlers: null, report: null };
    const targetNodes = known([reporting("kata-clh", { ...GO, rootfs: "guest-pull" }), silent]);
    const target = { kata: { rootfs: "guest-pull" } } as const;
    expect(told(attempt(target, factsOf({ targetNodes })))).toEqual([]);
    expect(told(attempt(target, factsOf({ targetNodes }), true))).toEqual([
      `KataSupportUnknown blocks ${CLASS} (nodes without a report)`,
      "undecided",
    ]);
  });

  it("sets the policy's file", () => {
    expect(attempt({ kata: GO }).by).toEqual({ selection: "config-path", configPath: PRIVATE_FILE });
    expect(attempt({ configPath: null }).by).toBeNull();
  });

  it("looks for the report of the target's handler", () => {
    const targetNodes = known([reporting("clh-handler", { version: "4.0.0", rootfs: "erofs" })]);
    const targetClass = known(classOf("kata-clh", { handler: "clh-handler" }));
    expect(told(attempt({}, factsOf({ targetNodes, targetClass })))).toEqual([
      `ConfigPathIgnored blocks ${CLASS} (from 4.0.0)`,
    ]);
    // Without the class its name is taken for the handler's.
    expect(told(attempt({}, factsOf({ targetNodes, targetClass: unknown("not synced") })))).toEqual([
      `RootfsUnknown degrades ${CLASS}`,
    ]);
  });

  it("takes what nodes report of the handler's own configuration for nothing that the file says", () => {
    const said = {
      sharedFs: "virtio-fs",
      hugepages: true,
      enableAnnotations: ["enable_iommu"],
      emptydirMode: "block-plain",
      disableBlockDeviceUse: false,
    } as const;
    const { possible } = attempt({}, factsOf({ targetNodes: known([reporting("kata-clh", said)]) }));
    expect(possible[0]).toMatchObject({
      sharedFs: null,
      hugepages: null,
      enableAnnotations: null,
      emptydirMode: null,
      disableBlockDeviceUse: null,
    });
  });

  it("judges the user's annotations by the file's allow-list", () => {
    const key = "io.katacontainers.config.hypervisor.default_vcpus";
    const facts = factsOf({ pod: annotated({ [key]: "2" }) });
    const kata = {
      ...GO,
      rootfs: "block",
      disableBlockDeviceUse: false,
      enableAnnotations: ["default_vcpus"],
    } as const;
    expect(told(attempt({ kata }, facts))).toEqual([
      `UserAnnotationRefused blocks /metadata/annotations/${key} (not enabled)`,
    ]);
    expect(told(attempt({ kata, private: { enableAnnotations: ["vcpus"] } }, facts))).toEqual([]);
  });
});
