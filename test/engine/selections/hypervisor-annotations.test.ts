import { describe, expect, it } from "vitest";
import { type Facts, known, type NodeGroup } from "../../../src/engine/facts.ts";
import type { PolicyTarget } from "../../../src/engine/policy.ts";
import { attemptHypervisorAnnotations } from "../../../src/engine/selections/hypervisor-annotations.ts";
import { classOf, factsOf, line, policyOf, reporting, targetOf } from "../sample-facts.ts";

const CLASS = "/spec/runtimeClassName";
const UNKNOWN = `KataSupportUnknown blocks ${CLASS} (rootfs)`;
const NO_ROOTFS = `RootfsUnknown degrades ${CLASS}`;
const VALUE = `KataRefusesAnnotation blocks ${CLASS} (value)`;
const NOT_ENABLED = `KataRefusesAnnotation blocks ${CLASS} (not enabled)`;

function told(kata: PolicyTarget["kata"], isAuto: boolean, facts: Facts = factsOf()): string[] {
  const target = targetOf({ kata });
  const attempt = attemptHypervisorAnnotations({ facts, pod: facts.pod, policy: policyOf(target), target, isAuto });
  const { aboutKata, firm, degrades, isUndecided } = attempt;
  return [...aboutKata, ...firm, ...degrades].map(line).concat(isUndecided ? ["undecided"] : []);
}

describe("attemptHypervisorAnnotations", () => {
  const build: PolicyTarget["kata"] = {
    acceptsSharedFsNone: true,
    runtime: "go",
    rootfs: "block",
    disableBlockDeviceUse: false,
  };
  it.each<[string, PolicyTarget["kata"], boolean, string[]]>([
    ["nothing known, auto", {}, true, [NO_ROOTFS, "undecided"]],
    ["nothing known, explicit", {}, false, [VALUE, NO_ROOTFS]],
    ["a rootfs is no word on annotations", { rootfs: "erofs" }, true, ["undecided"]],
    [
      "a shared rootfs rules out every selection",
      { rootfs: "shared" },
      true,
      [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`, "undecided"],
    ],
    ["said not to take it", { acceptsSharedFsNone: false }, true, [VALUE, NO_ROOTFS, "undecided"]],
    ["said to take it, allow-list unknown", build, false, []],
    ["said to take it, allow-list unknown, auto", build, true, ["undecided"]],
    ["both keys enabled", { ...build, enableAnnotations: ["shared_fs", "enable_hugepages"] }, true, []],
    ["one pattern for both", { ...build, enableAnnotations: [""] }, true, []],
    ["one key only", { ...build, enableAnnotations: ["shared_fs"] }, false, [NOT_ENABLED]],
    ["the other only", { ...build, enableAnnotations: ["enable_hugepages"] }, true, [NOT_ENABLED]],
    ["the release's own list has neither", { ...build, version: "4.1.0" }, false, [NOT_ENABLED]],
    [
      "rootfs shared",
      { ...build, enableAnnotations: [""], rootfs: "shared" },
      false,
      [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`],
    ],
    [
      "rootfs unknown, explicit",
      { acceptsSharedFsNone: true, runtime: "go", enableAnnotations: [""] },
      false,
      [NO_ROOTFS],
    ],
    [
      "rootfs unknown, auto",
      { acceptsSharedFsNone: true, runtime: "go", enableAnnotations: [""] },
      true,
      [UNKNOWN, NO_ROOTFS],
    ],
    // What rules out private memory says enough.
    [
      "runtime-rs",
      { runtime: "runtime-rs", rootfs: "block", disableBlockDeviceUse: false },
      false,
      [`RuntimeSharesMemory blocks ${CLASS} (runtime-rs)`],
    ],
  ])("%s", (_, kata, isAuto, expected) => {
    expect(told(kata, isAuto)).toEqual(expected);
  });

  it("tells what the reports say, offered or not", () => {
    const facts = factsOf({ targetNodes: known([reporting("kata-clh", { version: "4.1.0" }, "never")]) });
    const never = `HostThpNever blocks ${CLASS} (never)`;
    expect(told({ rootfs: "block", disableBlockDeviceUse: false }, true, facts)).toEqual([VALUE, never, "undecided"]);
    expect(told({ rootfs: "block", disableBlockDeviceUse: false }, false, facts)).toEqual([VALUE, never]);
    expect(told({ ...build, enableAnnotations: [""] }, true, facts)).toEqual([never]);
  });

  it("is undecided to auto where some nodes say nothing of runtime and allow-list", () => {
    const silent: NodeGroup = { nodes: 1, runtimeHandlers: null, report: null };
    const said = reporting("kata-clh", { runtime: "go", enableAnnotations: [""] });
    const kata = { acceptsSharedFsNone: true, rootfs: "guest-pull" } as const;
    expect(told(kata, true, factsOf({ targetNodes: known([said]) }))).toEqual([]);
    expect(told(kata, true, factsOf({ targetNodes: known([said, silent]) }))).toEqual(["undecided"]);
  });

  it("looks for the report of the target's handler, which may be called otherwise", () => {
    const targetNodes = known([
      reporting("clh-handler", { runtime: "runtime-rs", rootfs: "block", disableBlockDeviceUse: false }),
    ]);
    const targetClass = known(classOf("kata-clh", { handler: "clh-handler" }));
    const rs = `RuntimeSharesMemory blocks ${CLASS} (runtime-rs)`;
    expect(told({}, false, factsOf({ targetNodes, targetClass }))).toEqual([rs]);
    expect(told({}, false, factsOf({ targetNodes }))).toEqual([VALUE, NO_ROOTFS]);
  });
});
