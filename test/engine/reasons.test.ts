import { describe, expect, it } from "vitest";
import {
  ALL_REASONS,
  BLOCKING_RULE_REASONS,
  compareReasons,
  DEGRADING_REASONS,
  REASONS,
} from "../../src/engine/reasons.ts";
import {
  BLOCKING_VOLUME_REASONS,
  KIND_REASONS,
  SCOPE_REASONS,
  SELECTION_REASONS,
  USER_REASONS,
} from "../../src/engine/reasons/names.ts";
import { RULES } from "../../src/engine/rules/index.ts";

const GROUPS = [
  SCOPE_REASONS,
  SELECTION_REASONS,
  BLOCKING_VOLUME_REASONS,
  DEGRADING_REASONS,
  USER_REASONS,
  KIND_REASONS,
];

// Codes are an API: whoever renames or removes one has to change this list as well.
const CODES = `
  NotAPod NotCreate NotTarget OptedOut MirrorPod NamespaceNotSelected NotInRollout AlreadySelected AlreadyPrivate
  InternalError KataSupportUnknown KataTooOld KataRefusesAnnotation ConfigPathIgnored RuntimeSharesMemory VariantMissing
  VariantAmbiguous VariantUnschedulable VariantNarrowsNodes NodeSelectorConflict OverheadMismatch VariantCostsMore UserAnnotationRefused EvidenceContradicts
  EvidenceStale FleetDisagrees NodesUnknown RootfsNeedsSharedFs HostThpNever BarePod AnnotationsTooLarge HostPathVolume HostPathFile
  HostPathSocket
  FilesystemClaim ClaimModeUnknown EphemeralVolume CsiInlineVolume NetworkVolume EmptyDirSubPath EmptyDirOwner HugePages
  MountPropagation NestedItemPath FileKeyRef UnknownVolumeType HostPathFileReadOnly DefaultEmptyDir EmptyDirDisk ImageVolume TerminationMessage
  VolumeRefreshStops RootfsUnknown UserSharedFs UserVirtioFs UserHugePages UserConfigPath UserVhostUser UserBlockDevice UserGuestPull UserGuest UserAgentPolicy
  DevicePassthrough ConfidentialGuest GuestPull RootfsInMemory TooManyDisks`;

describe("reasons", () => {
  it("are these, in this order, each in one group", () => {
    expect(ALL_REASONS).toEqual(CODES.trim().split(/\s+/));
    expect(new Set(ALL_REASONS).size).toBe(ALL_REASONS.length);
    expect(GROUPS.flat()).toEqual(ALL_REASONS);
    expect(Object.keys(REASONS).toSorted()).toEqual([...ALL_REASONS].toSorted());
  });

  it.each(ALL_REASONS)("%s has one sentence and an action, in words that fit a warning", (reason) => {
    const { kind, sentence, action, actor } = REASONS[reason];
    expect(sentence).toMatch(/^(?:[A-Z]|runtime-rs )[^\n]*[.]$/);
    expect(action).toMatch(/^[A-Z][^\n]*[.]$/);
    expect(["user", "operator", "nobody"]).toContain(actor);
    expect(["scope", "blocks", "degrades"]).toContain(kind);
    expect(reason).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  it.each(ALL_REASONS)("%s counts as its group does", (reason) => {
    const isScope = SCOPE_REASONS.some((each) => each === reason);
    const isDegrading = DEGRADING_REASONS.some((each) => each === reason);
    expect(REASONS[reason].kind).toBe(isScope ? "scope" : isDegrading ? "degrades" : "blocks");
  });

  it("can be switched off where a rule finds them, and nowhere else", () => {
    const found = RULES.flatMap((rule) => rule.reasons);
    const ruled = found.filter((reason) => REASONS[reason].kind === "blocks" || reason === "DefaultEmptyDir");
    expect([...BLOCKING_RULE_REASONS].toSorted()).toEqual(ruled.toSorted());
    // RootfsUnknown comes from a selection: it is about the handler, not about the pod.
    expect(DEGRADING_REASONS.filter((reason) => !found.includes(reason))).toEqual(["RootfsUnknown"]);
  });

  it("are sorted by their place in the list", () => {
    expect(ALL_REASONS.toReversed().toSorted(compareReasons)).toEqual(ALL_REASONS);
  });
});
