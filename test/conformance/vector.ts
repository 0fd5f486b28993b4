import { type ConfigTables, isTable, TABLE_NAMES } from "../../src/kata/config-tables.ts";
import type { PredictionCase } from "../../src/kata/predict.ts";
import type { KataRuntime } from "../../src/kata/releases.ts";
import { parseKataVersion } from "../../src/kata/version.ts";

/** What Kata's own code did with one case, as recorded. Never an input of the prediction. */
export interface Observation {
  readonly outcome: "accepted" | "rejected" | "ignored";
  readonly error: string | null;
  readonly memory: { readonly shared: boolean; readonly hugepages: boolean } | null;
  /** Whether the annotations changed the effective configuration; null where there were none. */
  readonly effect: boolean | null;
}

/** One line of a vectors file: what was asked, and what came of it. */
export interface Vector {
  readonly name: string;
  readonly asked: PredictionCase;
  readonly observed: Observation;
}

/** A line that is no vector; the message says what is wrong with it. */
export class VectorError extends Error {}

/** Reads one line; throws VectorError for everything that is not a vector. */
export function parseVector(line: string): Vector {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new VectorError(`not JSON: ${error instanceof Error ? error.message : ""}`, { cause: error });
  }
  if (!isTable(value)) throw new VectorError("not a JSON object");
  const version = parseKataVersion(field(value, "kata", isString, "a version"));
  if (version === null) throw new VectorError(`"kata" must be a version: ${JSON.stringify(value["kata"])}`);
  const runtime = field(value, "runtime", isString, "go or rs");
  const asked: PredictionCase = {
    version,
    runtime: toRuntime(runtime),
    dropIn: toTables(field(value, "config", isTable, "an object"), "config"),
    otherFiles: new Map(
      Object.entries(optional(value, "alt", isTable, "an object") ?? {}).map(([path, tables]) => {
        if (!isTable(tables)) throw new VectorError(`"alt" of ${path} must be an object`);
        return [path, toTables(tables, "alt")] as const;
      }),
    ),
    kataConfFile: optional(value, "env", isString, "a string"),
    hasConfigPathOption: optional(value, "noopt", isBoolean, "true or false") !== true,
    annotations: new Map(Object.entries(field(value, "annotations", isStrings, "an object of strings"))),
  };
  return { name: field(value, "case", isString, "a string"), asked, observed: toObservation(value) };
}

type Fields = Readonly<Record<string, unknown>>;

const isString = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isStrings = (value: unknown): value is Record<string, string> =>
  isTable(value) && Object.values(value).every(isString);

function field<T>(fields: Fields, name: string, is: (value: unknown) => value is T, expected: string): T {
  if (!Object.hasOwn(fields, name)) throw new VectorError(`"${name}" is missing`);
  const value = fields[name];
  if (!is(value)) throw new VectorError(`"${name}" must be ${expected}`);
  return value;
}

function optional<T>(fields: Fields, name: string, is: (value: unknown) => value is T, expected: string): T | null {
  return (fields[name] ?? null) === null ? null : field(fields, name, is, expected);
}

function toRuntime(word: string): KataRuntime {
  if (word === "go") return "go";
  if (word === "rs" || word === "runtime-rs") return "runtime-rs";
  throw new VectorError(`"runtime" must be go or rs: ${JSON.stringify(word)}`);
}

function toTables(fields: Fields, name: string): Partial<ConfigTables> {
  for (const table of TABLE_NAMES) {
    if (!isTable(fields[table] ?? {})) throw new VectorError(`"${name}.${table}" must be an object`);
  }
  return fields;
}

function toObservation(fields: Fields): Observation {
  const outcome = field(fields, "outcome", isString, "a string");
  if (outcome !== "accepted" && outcome !== "rejected" && outcome !== "ignored") {
    throw new VectorError(`"outcome" must be accepted, rejected or ignored: ${JSON.stringify(outcome)}`);
  }
  for (const name of ["error", "memory", "effect"]) {
    if (!Object.hasOwn(fields, name)) throw new VectorError(`"${name}" is missing`);
  }
  const memory = optional(fields, "memory", isTable, "an object or null");
  const error = optional(fields, "error", isString, "a string or null");
  if (outcome === "rejected" && error === null) throw new VectorError(`"error" is null, but the outcome is rejected`);
  if (outcome !== "rejected" && memory === null)
    throw new VectorError(`"memory" is null, but the outcome is ${outcome}`);
  return {
    outcome,
    error,
    memory:
      memory === null
        ? null
        : {
            shared: field(memory, "shared", isBoolean, "true or false"),
            hugepages: field(memory, "hugepages", isBoolean, "true or false"),
          },
    effect: optional(fields, "effect", isBoolean, "true, false or null"),
  };
}
