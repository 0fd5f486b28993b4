// The policy as the engine sees it: complete, with every default filled in. src/policy parses a file into it.
import type { KataRuntime } from "../kata/releases.ts";
import type { BlockingRuleReason, DegradingReason } from "./reasons.ts";

export const POLICY_API_VERSION = "kata-thp.dev/v1alpha1";

/** The ways private memory is asked for, in the order in which `auto` tries them. */
export const SELECTIONS = ["runtime-class", "config-path", "hypervisor-annotations"] as const;
export type Selection = (typeof SELECTIONS)[number];

export const TRUSTS = ["evidence", "operator"] as const;
export type Trust = (typeof TRUSTS)[number];

/** What carries a container's root filesystem; `shared` is the only one that needs a shared filesystem. */
export const ROOTFS_KINDS = ["block", "erofs", "guest-pull", "shared"] as const;
export type RootfsKind = (typeof ROOTFS_KINDS)[number];

/** Values of `[runtime].emptydir_mode` that a policy or a node may state. */
export const EMPTYDIR_MODES = ["shared-fs", "block-plain", "block-encrypted"] as const;
export type EmptydirMode = (typeof EMPTYDIR_MODES)[number];

/** What a policy says for a rule that degrades. */
export const RULE_SETTINGS = ["allow", "warn", "skip"] as const;
export type RuleSetting = (typeof RULE_SETTINGS)[number];

/** What holds for a degrading rule of which the policy says nothing. How large an image is nobody knows, and it costs memory. */
export function defaultSetting(reason: DegradingReason): RuleSetting {
  return reason === "ImageVolume" ? "skip" : "warn";
}

export const BARE_PODS = ["patch", "skip"] as const;
export type BarePods = (typeof BARE_PODS)[number];

/** What one source states of the Kata behind one handler. A field that is absent is unknown, not false. */
export interface KataStatement {
  readonly version?: string;
  readonly runtime?: KataRuntime;
  readonly enableAnnotations?: readonly string[];
  readonly acceptsSharedFsNone?: boolean;
  readonly rootfs?: RootfsKind;
  readonly kubeletRoot?: string;
  readonly emptydirMode?: EmptydirMode;
  readonly disableBlockDeviceUse?: boolean;
  readonly disableGuestEmptyDir?: boolean;
}

/** One RuntimeClass that the policy names. */
export interface PolicyTarget {
  readonly runtimeClass: string;
  readonly selection: Selection | "auto";
  readonly trust: Trust;
  /** RuntimeClass that stands in for this one; null: found by `kata-thp.dev/variant-of`. */
  readonly variant: string | null;
  /** Configuration file on every node, for `config-path`; null: not offered. */
  readonly configPath: string | null;
  /** The most layers that an image of its pods has: with EROFS each is a disk of the guest's. */
  readonly maxImageLayers: number;
  /** What the operator knows of this class's Kata; it speaks for the variant too. */
  readonly kata: KataStatement;
  /** What the operator knows of the variant's handler, or of the configPath file, alone. */
  readonly private: KataStatement;
}

export interface Policy {
  readonly targets: readonly PolicyTarget[];
  readonly rules: Readonly<Partial<Record<DegradingReason, RuleSetting>>>;
  readonly dangerouslyAllow: readonly BlockingRuleReason[];
  readonly barePods: BarePods;
  /** Extended resources whose device plugin is known to add no host mounts. */
  readonly harmlessResources: readonly string[];
  readonly status: { readonly annotatePatched: boolean; readonly annotateSkipped: boolean; readonly warn: boolean };
  readonly rollout: { readonly percent: number };
}

/** Where no policy says it. An assumption: as many as two containers have room for (src/engine/rules/too-many-disks.ts). */
export const DEFAULT_MAX_IMAGE_LAYERS = 10;

/** The policy without a file: `kata-clh` with `auto`, which patches nothing until there is evidence. */
export const BUILT_IN_POLICY: Policy = {
  targets: [
    {
      runtimeClass: "kata-clh",
      selection: "auto",
      trust: "evidence",
      variant: null,
      configPath: null,
      maxImageLayers: DEFAULT_MAX_IMAGE_LAYERS,
      kata: {},
      private: {},
    },
  ],
  rules: {},
  dangerouslyAllow: [],
  barePods: "patch",
  harmlessResources: [],
  status: { annotatePatched: true, annotateSkipped: true, warn: true },
  rollout: { percent: 100 },
};
