// What an object from a review, a file or a cluster must look like before its fields are read.
import type { FieldPath } from "./object-path.ts";

/** What a value has to be. An object names the fields that are read; fields that it doesn't name may be anything. */
export type ObjectShape =
  | "string"
  | "boolean"
  | "quantity"
  | "any-object"
  | { readonly oneOf: readonly string[] }
  | { readonly list: ObjectShape }
  | { readonly values: ObjectShape }
  | { readonly fields: Readonly<Record<string, ObjectShape>>; readonly required?: readonly string[] };

export interface ShapeMismatch {
  readonly path: FieldPath;
  /** What is allowed there, as in "a string". */
  readonly expected: string;
}

type SimpleShape = Extract<ObjectShape, string>;

const EXPECTED: Readonly<Record<SimpleShape, string>> = {
  string: "a string",
  boolean: "true or false",
  quantity: "a quantity such as 128Mi",
  "any-object": "an object",
};

/**
 * The first field that is not as `shape` says, or null. null counts as absent, as in the API server's decoder.
 * Every admission passes here, so a path is made only for what is wrong, on the way back.
 */
export function shapeMismatch(value: unknown, shape: ObjectShape): ShapeMismatch | null {
  if (value === null || value === undefined) return null;
  if (typeof shape === "string") return isSimple(value, shape) ? null : { path: [], expected: EXPECTED[shape] };
  if ("oneOf" in shape) {
    return shape.oneOf.some((each) => each === value) ? null : { path: [], expected: shape.oneOf.join(" or ") };
  }
  if ("list" in shape) return listMismatch(value, shape.list);
  if (typeof value !== "object" || Array.isArray(value)) return { path: [], expected: "an object" };
  const fields = value as Readonly<Record<string, unknown>>;
  if ("values" in shape) {
    for (const key of Object.keys(fields)) {
      const wrong = shapeMismatch(fields[key], shape.values);
      if (wrong !== null) return within(key, wrong);
    }
    return null;
  }
  for (const key of shape.required ?? []) {
    if (Object.hasOwn(fields, key) && fields[key] != null) continue;
    const inner = shape.fields[key];
    return { path: [key], expected: typeof inner === "string" ? EXPECTED[inner] : "given" };
  }
  for (const key of namesOf(shape.fields)) {
    const inner = shape.fields[key];
    const wrong = inner === undefined || !Object.hasOwn(fields, key) ? null : shapeMismatch(fields[key], inner);
    if (wrong !== null) return within(key, wrong);
  }
  return null;
}

const names = new WeakMap<object, readonly string[]>();

/** A shape's field names, made a list once. */
function namesOf(fields: Readonly<Record<string, ObjectShape>>): readonly string[] {
  let list = names.get(fields);
  if (list === undefined) {
    list = Object.keys(fields);
    names.set(fields, list);
  }
  return list;
}

function listMismatch(value: unknown, shape: ObjectShape): ShapeMismatch | null {
  if (!Array.isArray(value)) return { path: [], expected: "a list" };
  for (let index = 0; index < value.length; index += 1) {
    const each: unknown = value[index];
    // A list's element has no "absent": null would be a volume without a name.
    if (each === null) return { path: [index], expected: "a value, not null" };
    const wrong = shapeMismatch(each, shape);
    if (wrong !== null) return within(index, wrong);
  }
  return null;
}

function within(key: string | number, { path, expected }: ShapeMismatch): ShapeMismatch {
  return { path: [key, ...path], expected };
}

function isSimple(value: unknown, shape: SimpleShape): boolean {
  switch (shape) {
    case "string":
    case "boolean":
      return typeof value === shape;
    case "quantity":
      return typeof value === "string" || typeof value === "number";
    case "any-object":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return shape satisfies never;
  }
}
