// What an object from a review, a file or a cluster must look like before its fields are read.
import type { FieldPath } from "./object-path.ts";

/** What a value has to be. An object names the fields that are read; fields that it doesn't name may be anything. */
export type ObjectShape =
  | "string"
  | "boolean"
  | "number"
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
  number: "a number",
  quantity: "a quantity such as 128Mi",
  "any-object": "an object",
};

/** The first field that is not as the shape says, or null. null counts as absent, as in the API server's decoder. */
export type ShapeCheck = (value: unknown) => ShapeMismatch | null;

/** A check for one value; where many are checked, make one with `shapeCheck`. */
export function shapeMismatch(value: unknown, shape: ObjectShape): ShapeMismatch | null {
  return shapeCheck(shape)(value);
}

/**
 * A shape as a function, made once: every admission passes one. It goes over the fields that an object has, which are
 * fewer than the shape knows, and a path is made only for what is wrong, on the way back.
 */
export function shapeCheck(shape: ObjectShape): ShapeCheck {
  if (typeof shape === "string") return SIMPLE[shape];
  if ("oneOf" in shape) {
    const { oneOf } = shape;
    const wrong = { path: [], expected: oneOf.join(" or ") };
    return (value) => (value == null || oneOf.some((each) => each === value) ? null : wrong);
  }
  if ("list" in shape) return listCheck(shapeCheck(shape.list));
  if ("values" in shape) return valuesCheck(shapeCheck(shape.values));
  const fields = new Map(Object.entries(shape.fields).map(([key, inner]) => [key, shapeCheck(inner)]));
  const required = (shape.required ?? []).map((key): [string, ShapeMismatch] => {
    const inner = shape.fields[key];
    return [key, { path: [key], expected: typeof inner === "string" ? EXPECTED[inner] : "given" }];
  });
  return fieldsCheck(fields, required);
}

function fieldsCheck(
  checks: ReadonlyMap<string, ShapeCheck>,
  required: readonly (readonly [string, ShapeMismatch])[],
): ShapeCheck {
  return (value) => {
    if (value == null) return null;
    if (!isPlainObject(value)) return NO_OBJECT;
    for (const [key, missing] of required) if (!Object.hasOwn(value, key) || value[key] == null) return missing;
    // Without a list of the keys; JSON and YAML make no objects that inherit any.
    for (const key in value) {
      const check = checks.get(key);
      const wrong = check === undefined ? null : check(value[key]);
      if (wrong !== null) return within(key, wrong);
    }
    return null;
  };
}

function valuesCheck(check: ShapeCheck): ShapeCheck {
  return (value) => {
    if (value == null) return null;
    if (!isPlainObject(value)) return NO_OBJECT;
    for (const key in value) {
      const wrong = check(value[key]);
      if (wrong !== null) return within(key, wrong);
    }
    return null;
  };
}

function listCheck(check: ShapeCheck): ShapeCheck {
  return (value) => {
    if (value == null) return null;
    if (!Array.isArray(value)) return { path: [], expected: "a list" };
    for (let index = 0; index < value.length; index += 1) {
      const each: unknown = value[index];
      // A list's element has no "absent": null would be a volume without a name.
      if (each === null) return { path: [index], expected: "a value, not null" };
      const wrong = check(each);
      if (wrong !== null) return within(index, wrong);
    }
    return null;
  };
}

const NO_OBJECT: ShapeMismatch = { path: [], expected: EXPECTED["any-object"] };

const SIMPLE: Readonly<Record<SimpleShape, ShapeCheck>> = {
  string: simpleCheck("string", (value) => typeof value === "string"),
  boolean: simpleCheck("boolean", (value) => typeof value === "boolean"),
  number: simpleCheck("number", (value) => typeof value === "number"),
  quantity: simpleCheck("quantity", (value) => typeof value === "string" || typeof value === "number"),
  "any-object": simpleCheck("any-object", isPlainObject),
};

function simpleCheck(shape: SimpleShape, isSo: (value: unknown) => boolean): ShapeCheck {
  const wrong: ShapeMismatch = { path: [], expected: EXPECTED[shape] };
  return (value) => (value == null || isSo(value) ? null : wrong);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function within(key: string | number, { path, expected }: ShapeMismatch): ShapeMismatch {
  return { path: [key, ...path], expected };
}
