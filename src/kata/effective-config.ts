import { type ConfigTables, findWrongType, toKataConfig } from "./config-tables.ts";
import type { ChosenConfig } from "./config-choice.ts";
import { isGoDropInKey } from "./drop-in-keys.ts";
import { type Rejected, rejected, type Undetermined, undetermined } from "./prediction.ts";
import { type ByRelease, valueAt } from "./release-range.ts";
import type { KataRuntime, ReleaseFacts } from "./releases.ts";
import type { KataVersion } from "./version.ts";

/** The configuration as the runtime holds it before it reads a pod's annotations. */
export interface EffectiveConfig {
  readonly kind: "effective";
  /** Empty and absent are virtio-fs already. */
  readonly sharedFs: string;
  readonly hugepages: boolean;
  readonly virtioFsDaemon: string;
  readonly confidentialGuest: boolean;
  /** All lists that `enable_annotations` can be; more than one only where a release's default was not read. */
  readonly enableAnnotations: readonly (readonly string[])[];
}

/**
 * checkFactoryConfig wanted an initrd, which the shipped file does not have, until templates came to Cloud Hypervisor
 * (PR #13196, opened after 3.31.0; executed at 3.28.0 and 3.32.0, 08o-…, 08p-…).
 */
const GO_TEMPLATE: ByRelease<"needs-initrd" | "taken"> = [
  { since: "3.0.0", value: "needs-initrd" },
  { since: "3.32.0", value: "taken" },
];

/**
 * Whether the runtime loads this configuration, and what it then has. Keys that no decision rests on are taken to suit
 * the node: paths, devices, sizes. runtime-rs validates shared_fs only after the annotations, so not here.
 */
export function judgeConfig(
  { tables, dropIn }: ChosenConfig,
  facts: ReleaseFacts,
  version: KataVersion,
  runtime: KataRuntime,
): EffectiveConfig | Rejected | Undetermined {
  const refusal = runtime === "go" ? refusedByGo(tables, dropIn, facts, version) : null;
  if (refusal !== null) return rejected("configuration-refused", refusal);
  const wrong = findWrongType(tables);
  if (wrong !== null) return rejected("configuration-refused", `${wrong.table}.${wrong.key} must be ${wrong.expected}`);
  const config = toKataConfig(tables);
  const { emptydirMode } = config;
  if (emptydirMode !== null && facts.emptydirModes !== null && !facts.emptydirModes.includes(emptydirMode)) {
    if (emptydirMode === "") return undetermined("what an empty emptydir_mode means was not read");
    return rejected("configuration-refused", `invalid emptydir_mode="${emptydirMode}"`);
  }
  // Go replaces what is below its minimum by its default; ch's validate() has a minimum of its own.
  const { defaultMemory } = config;
  if (runtime === "runtime-rs" && defaultMemory !== null && defaultMemory < 64) {
    return undetermined("what runtime-rs makes of so little default_memory was not read");
  }
  return {
    kind: "effective",
    sharedFs: toSharedFs(config.sharedFs),
    hugepages: config.enableHugepages ?? false,
    virtioFsDaemon: config.virtioFsDaemon ?? "",
    confidentialGuest: config.confidentialGuest ?? false,
    enableAnnotations: config.enableAnnotations === null ? facts.possibleEnableAnnotations : [config.enableAnnotations],
  };
}

/** katautils/config.go newClhHypervisorConfig and sharedFS(); absent and empty are virtio-fs on both runtimes. */
export function toSharedFs(configured: string | null): string {
  return configured === null || configured === "" ? "virtio-fs" : configured;
}

function refusedByGo(
  tables: ConfigTables,
  dropIn: Partial<ConfigTables>,
  facts: ReleaseFacts,
  version: KataVersion,
): string | null {
  const unknown = Object.keys(dropIn.hypervisor ?? {}).find((key) => !isGoDropInKey(key, version));
  if (unknown !== undefined) return `error applying key 'hypervisor.clh.${unknown}' from drop-in file`;
  const { sharedFs, virtioFsDaemon, enableTemplate } = toKataConfig(tables);
  const fs = toSharedFs(sharedFs);
  if (!facts.sharedFsByConfig.includes(fs)) return `Invalid hypervisor shared file system ${fs} specified`;
  // Executed by annotation (09e-…); the file has the same check, with the same text.
  if (fs !== "none" && (virtioFsDaemon ?? "") === "") return "cannot enable virtio-fs without daemon path";
  if (enableTemplate === true && valueAt(GO_TEMPLATE, version) === "needs-initrd") {
    if ((tables.hypervisor["initrd"] ?? "") === "") return "Factory option enable_template requires an initrd image";
  }
  return null;
}
