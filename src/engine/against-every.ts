// A pod in a variant that cannot be read at the moment: which Kata would run it, nobody can say.
import { NEWEST_KNOWN } from "../kata/releases.ts";
import { parseKataVersion } from "../kata/version.ts";
import type { Finding, RuleEvidence } from "./rule.ts";

/** Two Katas that differ in what rules look at: what is found of both is found of every other. */
const DISKS: RuleEvidence = {
  version: parseKataVersion(NEWEST_KNOWN),
  rootfs: "block",
  kubeletRoot: null,
  emptydirMode: "block-plain",
  disableBlockDeviceUse: false,
  disableGuestEmptyDir: false,
};
const NO_DISKS: RuleEvidence = {
  version: parseKataVersion("3.32.0"),
  rootfs: "guest-pull",
  kubeletRoot: "/",
  emptydirMode: null,
  disableBlockDeviceUse: true,
  disableGuestEmptyDir: false,
};

/**
 * What is wrong anywhere. A pod is put back then only for that: what depends on Kata was right when the pod was moved
 * (docs/adr/0006-class-switch.md).
 */
export function againstEvery(judge: (destination: RuleEvidence) => Finding[]): Finding[] {
  const elsewhere = judge(NO_DISKS);
  return judge(DISKS).filter(({ reason, path }) =>
    elsewhere.some((other) => other.reason === reason && other.path === path),
  );
}
