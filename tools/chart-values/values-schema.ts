// values.yaml → values.schema.json.
import type { Value } from "./read-values.ts";

type Schema = Readonly<Record<string, unknown>>;

/**
 * The schema that helm checks values against at lint, template, install and upgrade. Unknown keys are refused: a
 * misspelt value would be silently nothing.
 *
 * @param policySchema the policy's own JSON Schema, embedded whole
 */
export function buildValuesSchema(values: readonly Value[], policySchema: Schema): Schema {
  const { $schema, ...policy } = policySchema;
  return {
    $schema: $schema ?? "http://json-schema.org/draft-07/schema#",
    title: "Values of kata-thp-webhook",
    type: "object",
    additionalProperties: false,
    required: requiredOf(values),
    properties: {
      ...propertiesOf(values),
      // What helm hands to a chart that is a dependency of another.
      global: { type: "object", description: "Not used; helm hands it to every subchart." },
    },
    definitions: { policy },
  };
}

function propertiesOf(values: readonly Value[]): Schema {
  return Object.fromEntries(values.map((value) => [value.key, schemaOf(value)]));
}

function schemaOf({ path, description, schema, defaultValue, children }: Value): Schema {
  const { leaf: _, ...refinement } = schema;
  const about = description === "" ? {} : { description };
  // In draft 7 nothing beside $ref counts.
  if ("$ref" in refinement) return { allOf: [refinement], ...about };
  const type = { type: typeOf(path, defaultValue) };
  if (children === null) return { ...type, ...about, ...refinement, default: defaultValue };
  const strict = { additionalProperties: false, required: requiredOf(children) };
  return { ...type, ...about, ...strict, ...refinement, properties: propertiesOf(children) };
}

/**
 * What null would leave a hole for. Helm takes a value that is null out before it looks at the schema, so a template
 * would meet nothing where it expects a section. Empty defaults, and objects that are set as a whole, may be missing.
 */
function requiredOf(values: readonly Value[]): readonly string[] {
  return values.filter((value) => !isOptional(value)).map(({ key }) => key);
}

function isOptional({ schema, defaultValue, children }: Value): boolean {
  if (children !== null || "$ref" in schema) return false;
  if (Array.isArray(defaultValue)) return defaultValue.length === 0;
  return typeof defaultValue === "object" || defaultValue === "";
}

function typeOf(path: string, value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (Number.isInteger(value)) return "integer";
  const type = typeof value;
  if (value !== null && (type === "object" || type === "string" || type === "boolean")) return type;
  throw new Error(`${path}: no type can be read from ${JSON.stringify(value)}; give it a default`);
}
