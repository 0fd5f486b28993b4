import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, HYPERVISOR_PREFIX, SHARED_FS_KEY } from "./annotations.ts";
import { type Fate, judgeAnnotations, type JudgedAnnotation } from "./annotation-fate.ts";
import { parseAnnotationBoolean, trimLikeRust } from "./booleans.ts";
import { chooseConfig, type ConfigSources } from "./config-choice.ts";
import { type EffectiveConfig, judgeConfig, toSharedFs } from "./effective-config.ts";
import { type Prediction, rejected, undetermined } from "./prediction.ts";
import { type KataRuntime, type ReleaseFacts, releaseFacts } from "./releases.ts";
import type { KataVersion } from "./version.ts";

/** One sandbox: a release's runtime, its node's configuration, a pod's annotations. */
export interface PredictionCase extends ConfigSources {
  readonly version: KataVersion;
  readonly runtime: KataRuntime;
}

/** A case with the handler's own configuration only: one drop-in, nothing else on the node. */
export function caseOf(
  version: KataVersion,
  runtime: KataRuntime,
  dropIn: ConfigSources["dropIn"] = {},
  annotations: Readonly<Record<string, string>> = {},
): PredictionCase {
  return {
    version,
    runtime,
    dropIn,
    otherFiles: new Map(),
    kataConfFile: null,
    hasConfigPathOption: true,
    annotations: new Map(Object.entries(annotations)),
  };
}

/**
 * What Kata does with this sandbox, from the tables alone: does it refuse it and for what, or which memory does the VM
 * get. The order is Kata's: choose the file, load it, gate and read the annotations, boot.
 */
export function predict(given: PredictionCase): Prediction {
  const { version, runtime, annotations } = given;
  const facts = releaseFacts(version, runtime);
  const chosen = chooseConfig(given, facts, runtime);
  if (chosen.kind !== "chosen") return chosen;
  const config = judgeConfig(chosen, facts, version, runtime);
  if (config.kind !== "effective") return config;

  const fates = judgeAnnotations(annotations, { version, runtime, facts, config });
  const find = (fate: Fate): JudgedAnnotation | undefined => fates.find((judged) => judged.fate === fate);
  const notEnabled = facts.notEnabledKey === "rejects" ? find("not-enabled") : undefined;
  if (notEnabled !== undefined) return rejected("key-not-enabled", `annotation ${notEnabled.key} is not enabled`);
  const unknownKey = find("unknown-key");
  if (unknownKey !== undefined) return rejected("key-unknown", `Invalid annotation type ${unknownKey.key}`);
  const refused = find("refused");
  if (refused !== undefined) return rejected("value-refused", `${refused.key} does not take "${refused.value}"`);

  const read = new Map(fates.filter(({ fate }) => fate === "taken").map(({ key, value }) => [key, value]));
  const final = applyAnnotations(config, read, runtime);
  if (!read.has(SHARED_FS_KEY) && !facts.sharedFsByConfig.includes(final.sharedFs)) {
    return rejected("configuration-refused", `Invalid shared_fs type ${final.sharedFs}`);
  }
  if (runtime === "go" && final.sharedFs === "virtio-fs" && final.virtioFsDaemon === "") {
    return rejected("value-refused", "cannot enable virtio-fs without daemon path");
  }
  const why = find("unknown")?.key ?? findNodesOwn(final, runtime);
  if (why !== null) return undetermined(`${why}: only Kata's own parser, or the node, can tell`);

  const ours = [SHARED_FS_KEY, ENABLE_HUGEPAGES_KEY];
  const ignored = ours.filter((key) => annotations.has(key) && !read.has(key));
  const redundant = ours.filter((key) => read.has(key) && !changes(key, config, final));
  if (chosen.configPath === "ignored") ignored.push(CONFIG_PATH_KEY);
  if (chosen.configPath === "redundant") redundant.push(CONFIG_PATH_KEY);
  return { kind: "accepted", memory: toMemory(final, facts, runtime), ignored, redundant };
}

/** The configuration with the annotations that are read laid over it. */
function applyAnnotations(
  config: EffectiveConfig,
  read: ReadonlyMap<string, string>,
  runtime: KataRuntime,
): EffectiveConfig {
  const sharedFs = read.get(SHARED_FS_KEY);
  const hugepages = read.get(ENABLE_HUGEPAGES_KEY);
  return {
    ...config,
    sharedFs: sharedFs === undefined ? config.sharedFs : toSharedFs(trimLikeRust(sharedFs)),
    hugepages: hugepages === undefined ? config.hugepages : parseAnnotationBoolean(hugepages, runtime) === true,
    virtioFsDaemon: read.get(`${HYPERVISOR_PREFIX}virtio_fs_daemon`) ?? config.virtioFsDaemon,
  };
}

function changes(key: string, before: EffectiveConfig, after: EffectiveConfig): boolean {
  return key === SHARED_FS_KEY ? before.sharedFs !== after.sharedFs : before.hugepages !== after.hugepages;
}

/** What the configuration asks for and only some nodes have. */
function findNodesOwn(config: EffectiveConfig, runtime: KataRuntime): string | null {
  if (config.confidentialGuest) return "confidential_guest";
  return runtime === "go" && config.sharedFs === "virtio-fs-nydus" ? "shared_fs virtio-fs-nydus" : null;
}

/** vc/clh.go 4.1:635-647; runtime-rs copies neither key into its MemoryConfig (convert.rs 4.1:299). */
function toMemory(
  config: EffectiveConfig,
  facts: ReleaseFacts,
  runtime: KataRuntime,
): { shared: boolean; hugepages: boolean } {
  const isPrivate = facts.privateMemory && config.sharedFs === "none" && !config.hugepages;
  return { shared: !isPrivate, hugepages: runtime === "go" && config.hugepages };
}
