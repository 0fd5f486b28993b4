import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../../src/kata/annotations.ts";
import { predict } from "../../src/kata/predict.ts";
import type { Accepted, Rejected, RejectedBy } from "../../src/kata/prediction.ts";
import type { Observation, Vector } from "./vector.ts";

/** How the tables' prediction stands to what was recorded. */
export type Agreement =
  | { readonly kind: "agrees" }
  | { readonly kind: "undetermined"; readonly why: string }
  | { readonly kind: "disagrees"; readonly predicted: string; readonly observed: string };

const AGREES: Agreement = { kind: "agrees" };

/** The keys for which it also counts whether they were ignored. */
const OWN_KEYS: ReadonlySet<string> = new Set([SHARED_FS_KEY, ENABLE_HUGEPAGES_KEY, CONFIG_PATH_KEY]);

/** Predicts from what was asked alone, and only then looks at what was recorded. */
export function checkVector({ asked, observed }: Vector): Agreement {
  const prediction = predict(asked);
  switch (prediction.kind) {
    case "undetermined":
      return prediction;
    case "rejected":
      return checkRejected(prediction, asked.annotations, observed);
    case "accepted":
      return checkAccepted(prediction, asked.annotations, observed);
    default:
      return prediction satisfies never;
  }
}

function checkRejected(
  predicted: Rejected,
  annotations: ReadonlyMap<string, string>,
  observed: Observation,
): Agreement {
  const by = observed.outcome === "rejected" ? toRejectedBy(observed.error ?? "", annotations) : null;
  if (by === predicted.by) return AGREES;
  const seen = by === null ? describe(observed) : `rejected (${by}): ${observed.error}`;
  return { kind: "disagrees", predicted: `rejected (${predicted.by}): ${predicted.why}`, observed: seen };
}

function checkAccepted(
  predicted: Accepted,
  annotations: ReadonlyMap<string, string>,
  observed: Observation,
): Agreement {
  const disagrees = (what: string): Agreement => ({ kind: "disagrees", predicted: what, observed: describe(observed) });
  const { shared, hugepages } = predicted.memory;
  if (
    observed.memory?.shared !== shared ||
    observed.memory.hugepages !== hugepages ||
    observed.outcome === "rejected"
  ) {
    return disagrees(`accepted, shared=${shared} hugepages=${hugepages}`);
  }
  const keys = [...annotations.keys()];
  if (keys.length === 0 || !keys.every((key) => OWN_KEYS.has(key))) return AGREES;
  if (keys.every((key) => predicted.ignored.includes(key))) {
    return observed.outcome === "ignored" && observed.effect === false
      ? AGREES
      : disagrees(`ignored ${keys.join(", ")}`);
  }
  const unchanged = new Set([...predicted.ignored, ...predicted.redundant]);
  if (keys.every((key) => unchanged.has(key))) {
    // Read, and found to be so already: recorded as accepted or, where the text differs ("", " false"), as ignored.
    return observed.effect === false ? AGREES : disagrees(`no change by ${keys.join(", ")}`);
  }
  return observed.outcome === "accepted" && observed.effect === true
    ? AGREES
    : disagrees(`a change by ${keys.join(", ")}`);
}

/** Beginnings, or parts, of the shim's errors that only the configuration causes. */
const CONFIGURATION_ERRORS = [
  ".toml: ",
  "from drop-in file",
  "Cannot find usable config file",
  "load TOML config failed",
  "KATA_CONF_FILE",
  "Factory option",
  "Invalid emptydir_mode",
];

/** By what the shim's error says that the pod was rejected. */
export function toRejectedBy(error: string, annotations: ReadonlyMap<string, string>): RejectedBy {
  if (error.startsWith("annotation ") && error.endsWith(" is not enabled")) return "key-not-enabled";
  if (error.startsWith("Invalid annotation type ")) return "key-unknown";
  if (annotations.size === 0) return "configuration-refused";
  if (CONFIGURATION_ERRORS.some((part) => error.includes(part))) return "configuration-refused";
  // runtime-rs says this of the file's value and of the pod's.
  const isAboutSharedFs = error.startsWith("Invalid shared_fs type ");
  return isAboutSharedFs && !annotations.has(SHARED_FS_KEY) ? "configuration-refused" : "value-refused";
}

function describe({ outcome, error, memory, effect }: Observation): string {
  if (outcome === "rejected" || memory === null) return `rejected: ${error}`;
  return `${outcome}, shared=${memory.shared} hugepages=${memory.hugepages} effect=${effect}`;
}
