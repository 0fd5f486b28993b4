// The codes of all reasons, in the order in which findings are listed. Codes are an API: add, don't rename.

/** The pod is not ours to change; nothing is written on it. */
export const SCOPE_REASONS = [
  "NotAPod",
  "NotCreate",
  "NotTarget",
  "OptedOut",
  "MirrorPod",
  "NamespaceNotSelected",
  "NotInRollout",
  "AlreadySelected",
  "AlreadyPrivate",
  "InternalError",
] as const;
export type ScopeReason = (typeof SCOPE_REASONS)[number];

/** This cluster's Kata cannot be asked, or not for this pod. */
export const SELECTION_REASONS = [
  "KataSupportUnknown",
  "KataTooOld",
  "KataRefusesAnnotation",
  "ConfigPathIgnored",
  "RuntimeSharesMemory",
  "VariantMissing",
  "VariantAmbiguous",
  "VariantUnschedulable",
  "VariantNarrowsNodes",
  "NodeSelectorConflict",
  "OverheadMismatch",
  "VariantCostsMore",
  "UserAnnotationRefused",
  "EvidenceContradicts",
  "EvidenceStale",
  "FleetDisagrees",
  "NodesUnknown",
  "RootfsNeedsSharedFs",
  "HostThpNever",
  "BarePod",
  "AnnotationsTooLarge",
] as const;
export type SelectionReason = (typeof SELECTION_REASONS)[number];

/** Volumes that need a shared filesystem. */
export const BLOCKING_VOLUME_REASONS = [
  "HostPathVolume",
  "HostPathFile",
  "HostPathSocket",
  "FilesystemClaim",
  "ClaimModeUnknown",
  "EphemeralVolume",
  "CsiInlineVolume",
  "NetworkVolume",
  "EmptyDirSubPath",
  "EmptyDirOwner",
  "HugePages",
  "MountPropagation",
  "NestedItemPath",
  "FileKeyRef",
  "UnknownVolumeType",
] as const;
export type BlockingVolumeReason = (typeof BLOCKING_VOLUME_REASONS)[number];

/** What works less well; `rules:` of a policy says allow, warn or skip for each. */
export const DEGRADING_REASONS = [
  "HostPathFileReadOnly",
  "DefaultEmptyDir",
  "EmptyDirDisk",
  "ImageVolume",
  "TerminationMessage",
  "VolumeRefreshStops",
  "RootfsUnknown",
] as const;
export type DegradingReason = (typeof DEGRADING_REASONS)[number];

/** The user's own annotations that say otherwise. */
export const USER_REASONS = [
  "UserSharedFs",
  "UserVirtioFs",
  "UserHugePages",
  "UserConfigPath",
  "UserVhostUser",
  "UserBlockDevice",
  "UserGuestPull",
  "UserGuest",
  "UserAgentPolicy",
] as const;
export type UserReason = (typeof USER_REASONS)[number];

/** Kinds of pods that are left alone as a whole. */
export const KIND_REASONS = [
  "DevicePassthrough",
  "ConfidentialGuest",
  "GuestPull",
  "RootfsInMemory",
  "TooManyDisks",
] as const;
export type KindReason = (typeof KIND_REASONS)[number];
