// The line `expect:` of a case: what must come out, by the texts. It is checked against the decision on its own, so
// that UPDATE=1 cannot bless a wrong one.
import jsonPatch from "fast-json-patch";
import { SELECTIONS, type Selection } from "../../src/engine/policy.ts";
import { ALL_REASONS, type Reason } from "../../src/engine/reasons.ts";
import type { Outcome } from "./outcome.ts";

export interface Expectation {
  /** The pod is patched, by this selection; null: it is not, for `blocks`. */
  readonly patched: Selection | null;
  /** The reasons that block, each once, in order. */
  readonly blocks: readonly Reason[];
  /** The reasons that degrade, each once, in order. */
  readonly degrades: readonly Reason[];
  /** The reason of a near miss: it is not among the findings. */
  readonly not: Reason | null;
  readonly forced: boolean;
  readonly putBack: Selection | null;
  /** Pointers of all findings of the folder's reason, in order; null: not said. */
  readonly at: readonly string[] | null;
  /** The detail of the first finding of the folder's reason; null: not said. */
  readonly detail: string | null;
  /** How many operations the patch has; null: not said. */
  readonly operations: number | null;
  /** A text out of each warning, in order; null: not said. */
  readonly warned: readonly string[] | null;
  /** Pointer into the pod after the patch → its value, null where there must be none. */
  readonly pod: Readonly<Record<string, unknown>>;
}

type Said = { readonly [K in keyof Expectation]?: unknown };

const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isReason = (value: unknown): boolean => ALL_REASONS.some((each) => each === value);
const isReasons = (value: unknown): boolean => Array.isArray(value) && value.every(isReason);
const isSelection = (value: unknown): boolean => SELECTIONS.some((each) => each === value);

const FIELDS: Readonly<Record<keyof Expectation, (value: unknown) => boolean>> = {
  patched: isSelection,
  blocks: (value) => isReasons(value) && (value as readonly unknown[]).length > 0,
  degrades: isReasons,
  not: isReason,
  forced: (value) => value === true,
  putBack: isSelection,
  at: isTexts,
  detail: isText,
  operations: Number.isSafeInteger,
  warned: isTexts,
  pod: (value) => typeof value === "object" && value !== null,
};

/** Reads `expect:`; an unknown field or a reason that the engine does not know is an error that names the file. */
export function parseExpectation(value: unknown, file: string): Expectation {
  if (typeof value !== "object" || value === null) {
    throw new Error(`${file}: expect: is missing; UPDATE=1 renders no case that does not say what must come out`);
  }
  for (const [field, said] of Object.entries(value)) {
    const check = Object.hasOwn(FIELDS, field) ? FIELDS[field as keyof Expectation] : undefined;
    if (check === undefined) {
      throw new Error(`${file}: expect.${field} is no field; allowed: ${Object.keys(FIELDS).join(", ")}`);
    }
    if (!check(said)) throw new Error(`${file}: expect.${field} cannot be ${JSON.stringify(said)}`);
  }
  const said = value as Said;
  if ((said.patched === undefined) === (said.blocks === undefined)) {
    throw new Error(`${file}: expect must have patched or blocks, and not both`);
  }
  const defaults = {
    patched: null,
    blocks: [],
    degrades: [],
    not: null,
    forced: false,
    putBack: null,
    at: null,
    detail: null,
    operations: null,
    warned: null,
    pod: {},
  } satisfies Expectation;
  return { ...defaults, ...(value as Partial<Expectation>) };
}

/** What an outcome is, in the words of the expectation; the fields that it does not say are as it has them. */
export function seenAs(expected: Expectation, folder: string, { decision, patch, warnings, pod }: Outcome): unknown {
  const reasons = (severity: "blocks" | "degrades"): readonly Reason[] => [
    ...new Set(decision.findings.filter((each) => each.severity === severity).map(({ reason }) => reason)),
  ];
  const own = decision.findings.filter(({ reason }) => reason === folder);
  const isNotFound = decision.findings.every(({ reason }) => reason !== expected.not);
  return {
    patched: decision.kind === "patch" ? decision.selection : null,
    blocks: reasons("blocks"),
    degrades: reasons("degrades"),
    not: isNotFound ? expected.not : "found",
    forced: decision.kind === "patch" && decision.forced,
    putBack: decision.kind === "skip" ? (decision.putBack?.selection ?? null) : null,
    at: expected.at === null ? null : own.map(({ path }) => path),
    detail: expected.detail === null ? null : (own[0]?.detail ?? "none"),
    operations: expected.operations === null ? null : patch.length,
    warned:
      expected.warned === null
        ? null
        : warnings.map((warning, index) => {
            const text = expected.warned?.[index];
            return text !== undefined && warning.includes(text) ? text : warning;
          }),
    pod: Object.fromEntries(Object.keys(expected.pod).map((pointer) => [pointer, valueAt(pod, pointer)])),
  } satisfies Record<keyof Expectation, unknown>;
}

/** null where there is nothing. */
function valueAt(pod: unknown, pointer: string): unknown {
  try {
    return (jsonPatch.getValueByPointer(pod, pointer) as unknown) ?? null;
  } catch {
    return null; // a parent is missing
  }
}
