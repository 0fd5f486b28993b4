// The annotation that says what was done to a pod. It is the only memory between two calls for the same pod.
import { SCHEDULING_FIELDS, type SchedulingField } from "./class-switch.ts";
import { SELECTIONS, type Selection } from "./policy.ts";
import { MODES, type Mode } from "./facts.ts";
import { annotationOf, type Pod } from "./pod.ts";

export const STATUS_KEY = "kata-thp.dev/status";
export const SKIPPED_KEY = "kata-thp.dev/skipped";
/** Label on namespaces (enforce, observe, disabled) and on pods (disabled). */
export const MODE_LABEL = "kata-thp.dev/mode";
/** Annotation on a RuntimeClass: the class that it stands in for. */
export const VARIANT_OF_KEY = "kata-thp.dev/variant-of";
/** Annotation on a Node: what its probe found. */
export const REPORT_KEY = "kata-thp.dev/report";

/** Characters. Ours is under 700; a tenant may write up to 256 KiB there. */
export const LONGEST_STATUS = 1024;
/** Characters of a file that is remembered. */
const LONGEST_PATH = 128;

/** What `kata-thp.dev/status` says. `from` is the RuntimeClass that the pod came with. */
export interface Status {
  readonly decision: "patch";
  readonly selection: Selection;
  readonly mode: Mode;
  /** Version of the webhook that wrote it. */
  readonly version: string;
  readonly from: string;
  /** The policy's trust: operator overrode evidence. */
  readonly forced?: true;
  /** The annotation enable_hugepages was there already: it is not ours to take away. */
  readonly ownHugepages?: true;
  /** The file that config-path wrote, where it is no longer than LONGEST_PATH: ours to take away, and no other. */
  readonly configPath?: string;
  /** Fields in which what the variant brought along was new to the pod: ours to take away. Never empty. */
  readonly added?: readonly SchedulingField[];
}

/** The pod's status; null where it has none of ours. Anybody can write the annotation: see `ourStatus`. */
export function statusOf(pod: Pod): Status | null {
  return parseStatus(annotationOf(pod, STATUS_KEY));
}

/** The pod's status where it says that we have moved the pod away from this RuntimeClass in this way, else null. */
export function ourStatus(pod: Pod, from: string, selection: Selection): Status | null {
  const status = statusOf(pod);
  return status !== null && status.from === from && status.selection === selection ? status : null;
}

/** One compact JSON, keys always in this order. */
export function renderStatus(status: Status): string {
  const { decision, selection, mode, version, from, forced, ownHugepages, added } = status;
  const configPath = (status.configPath ?? "").length <= LONGEST_PATH ? status.configPath : undefined;
  // What is undefined is left out.
  return JSON.stringify({ decision, selection, mode, version, from, forced, ownHugepages, configPath, added });
}

/** Reads a status; null for whatever is not exactly one of ours, which then counts as absent. */
export function parseStatus(text: string | null): Status | null {
  if (text === null || text.length > LONGEST_STATUS) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const said = value as Record<string, unknown>;
  const { decision, selection, mode, version, from, forced, ownHugepages, configPath, added } = said;
  if (decision !== "patch" || typeof version !== "string" || typeof from !== "string" || from === "") return null;
  if (forced !== undefined && forced !== true) return null;
  if (ownHugepages !== undefined && ownHugepages !== true) return null;
  if (configPath !== undefined && typeof configPath !== "string") return null;
  const fields = added === undefined ? [] : parseFields(added);
  if (fields === null) return null;
  const knownSelection = SELECTIONS.find((each) => each === selection);
  const knownMode = MODES.find((each) => each === mode);
  if (knownSelection === undefined || knownMode === undefined) return null;
  return {
    decision,
    selection: knownSelection,
    mode: knownMode,
    version,
    from,
    ...(forced ? { forced } : {}),
    ...(ownHugepages ? { ownHugepages } : {}),
    ...(configPath === undefined ? {} : { configPath }),
    ...(fields.length > 0 ? { added: fields } : {}),
  };
}

function parseFields(value: unknown): readonly SchedulingField[] | null {
  if (!Array.isArray(value)) return null;
  const fields = SCHEDULING_FIELDS.filter((field) => value.includes(field));
  return fields.length > 0 && fields.length === value.length ? fields : null;
}
