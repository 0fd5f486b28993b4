import { describe, expect, it } from "vitest";
import { gatherEvidence } from "../../../src/engine/gather-evidence.ts";
import { unknown } from "../../../src/engine/facts.ts";
import type { KataEvidence } from "../../../src/engine/evidence.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { rootfsFindings, rootfsUnknown, unknownOfRootfs } from "../../../src/engine/selections/rootfs.ts";
import { line } from "../sample-facts.ts";

const CLASS = "/spec/runtimeClassName";

function evidence(policy: KataStatement): KataEvidence {
  return gatherEvidence({ handler: null, policy, classVersion: null, nodes: unknown("not found") }).evidence;
}

describe("a root filesystem", () => {
  const GO = { runtime: "go" } as const;
  it.each<[KataStatement, string | null, string | null]>([
    [{}, null, "rootfs"],
    [{ rootfs: "shared" }, "shared", null],
    [{ rootfs: "guest-pull" }, null, null],
    [{ rootfs: "erofs" }, null, null],
    [{ rootfs: "erofs", version: "3.16.0" }, "EROFS before 3.17.0", null],
    [{ rootfs: "erofs", version: "3.17.0-rc0" }, "EROFS before 3.17.0", null],
    [{ rootfs: "erofs", version: "3.17.0" }, null, null],
    // With EROFS it does not matter.
    [{ rootfs: "erofs", version: "4.1.0", disableBlockDeviceUse: true }, null, null],
    [{ rootfs: "block", disableBlockDeviceUse: true }, "disable_block_device_use", null],
    [{ rootfs: "block", disableBlockDeviceUse: false }, null, null],
    [{ rootfs: "block" }, null, "disableBlockDeviceUse"],
    // The release's default.
    [{ ...GO, rootfs: "block", version: "3.25.0" }, null, null],
    [{ ...GO, rootfs: "block", version: "3.26.0" }, null, "disableBlockDeviceUse"],
    [{ ...GO, rootfs: "block", version: "3.25.0", disableBlockDeviceUse: true }, "disable_block_device_use", null],
  ])("%j: against it %s, unsaid %s", (policy, against, unsaid) => {
    const possible = [evidence({ rootfs: "guest-pull" }), evidence(policy)];
    const found = rootfsFindings(possible).map(line);
    expect(found).toEqual(against === null ? [] : [`RootfsNeedsSharedFs blocks ${CLASS} (${against})`]);
    expect(unknownOfRootfs(possible)).toBe(unsaid);
  });

  it("that is unknown degrades a selection that the policy names", () => {
    expect(rootfsUnknown(null)).toEqual([]);
    expect(rootfsUnknown("rootfs").map(line)).toEqual([`RootfsUnknown degrades ${CLASS}`]);
    expect(rootfsUnknown("disableBlockDeviceUse").map(line)).toEqual([
      `RootfsUnknown degrades ${CLASS} (disableBlockDeviceUse)`,
    ]);
  });
});
