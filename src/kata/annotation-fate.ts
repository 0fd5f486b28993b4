import { admitsAnnotation } from "./allow-list.ts";
import { hypervisorBaseName, SHARED_FS, SHARED_FS_KEY } from "./annotations.ts";
import { trimLikeRust } from "./booleans.ts";
import type { EffectiveConfig } from "./effective-config.ts";
import { hypervisorKeyCheck } from "./hypervisor-keys.ts";
import type { KataRuntime, ReleaseFacts } from "./releases.ts";
import { ungatedKeyCheck } from "./ungated-keys.ts";
import { judgeValue, type ValueCheck } from "./value-check.ts";
import type { KataVersion } from "./version.ts";

/**
 * What becomes of one annotation. `not-enabled`: a hypervisor key outside the allow-list; `unknown-key`: inside it, and
 * the runtime refuses it for having no such field; `not-read`: passed over without a word; the others as in Judgement.
 */
export type Fate = "taken" | "refused" | "unknown" | "not-enabled" | "unknown-key" | "not-read";

export interface JudgedAnnotation {
  readonly key: string;
  readonly value: string;
  readonly fate: Fate;
}

/** The runtime that reads the annotations, and what it holds by then. */
export interface Reader {
  readonly version: KataVersion;
  readonly runtime: KataRuntime;
  readonly facts: ReleaseFacts;
  readonly config: EffectiveConfig;
}

/** Each annotation of a pod but config_path, which is read before there is a configuration. */
export function judgeAnnotations(annotations: ReadonlyMap<string, string>, reader: Reader): JudgedAnnotation[] {
  return [...annotations].map(([key, value]) => {
    const baseName = hypervisorBaseName(key);
    const fate = baseName === null ? ungatedFate(key, value, reader) : gatedFate(baseName, value, annotations, reader);
    return { key, value, fate };
  });
}

function ungatedFate(key: string, value: string, { version, runtime }: Reader): Fate {
  const check = ungatedKeyCheck(key, version, runtime);
  return check === null ? "not-read" : judgeValue(check, value, runtime);
}

function gatedFate(
  baseName: string,
  value: string,
  annotations: ReadonlyMap<string, string>,
  { version, runtime, facts, config }: Reader,
): Fate {
  const answers = new Set(config.enableAnnotations.map((list) => admitsAnnotation(list, baseName, runtime)));
  if (!answers.has(true)) return "not-enabled";
  const check = baseName === SHARED_FS ? sharedFsCheck(facts) : hypervisorKeyCheck(baseName, version, runtime);
  let fate = check === null ? unknownKeyFate(runtime) : judgeValue(check, toRead(value, baseName, runtime), runtime);
  if (baseName === "virtio_fs_cache" && runtime === "go" && fate === "refused") {
    // virtiofsd is what refuses it, and starts only with virtio-fs; without it this was not run.
    fate = (annotations.get(SHARED_FS_KEY) ?? config.sharedFs) === "virtio-fs" ? "refused" : "unknown";
  }
  // One of the possible lists admits it and another does not: sure only where it is harmless with both.
  return answers.has(false) && fate !== "taken" ? "unknown" : fate;
}

/** A key that no field has: Go passes over it, runtime-rs refuses it (executed, 11-foo=bar@[.*]). */
function unknownKeyFate(runtime: KataRuntime): Fate {
  return runtime === "go" ? "not-read" : "unknown-key";
}

function sharedFsCheck(facts: ReleaseFacts): ValueCheck {
  return { kind: "one-of", values: facts.sharedFsByAnnotation, other: "refused" };
}

/** runtime-rs trims shared_fs (`self.get(key)`, kt/annotations/mod.rs 4.1:937) and takes other texts as they are. */
function toRead(value: string, baseName: string, runtime: KataRuntime): string {
  return baseName === SHARED_FS && runtime === "runtime-rs" ? trimLikeRust(value) : value;
}
