// What ajv finds, said in sentences.
import type { ErrorObject } from "ajv";
import { BLOCKING_RULE_REASONS, DEGRADING_REASONS } from "../engine/reasons.ts";
import { nearName } from "./near-name.ts";
import { listOf, type PolicyFault, quote } from "./policy-error.ts";
import { type JsonSchema, PATTERN_WORDS } from "./policy-schema.ts";
import validate from "./policy-validator.js";

/** Every place where `value` is not what the schema allows; empty where it fits. */
export function schemaFaults(value: unknown): readonly PolicyFault[] {
  if (validate(value)) return [];
  const faults = new Map<string, PolicyFault>();
  for (const error of validate.errors ?? []) {
    const fault = toFault(error);
    const key = JSON.stringify(fault.segments);
    // A wrong type also is none of the allowed values: one sentence for each place is enough.
    if (!faults.has(key)) faults.set(key, fault);
  }
  return [...faults.values()];
}

function toFault(error: ErrorObject): PolicyFault {
  const segments = toSegments(error.instancePath);
  const schema = error.parentSchema as JsonSchema;
  if (error.keyword === "additionalProperties") {
    const name = String(error.params["additionalProperty"]);
    return { segments: [...segments, name], message: unknownField(name, segments, schema) };
  }
  if (error.keyword === "required") {
    const name = String(error.params["missingProperty"]);
    const expected = schema.properties?.[name];
    return {
      segments: [...segments, name],

      message: `is missing; allowed: ${expected === undefined ? "a value" : allowedBy(expected)}`,
    };
  }
  if (error.keyword === "uniqueItems") {
    const index = Math.max(Number(error.params["i"]), Number(error.params["j"]));
    const value = (error.data as readonly unknown[])[index];
    return { segments: [...segments, index], message: `is ${quote(value)} again; each is named once` };
  }
  const hint =
    schema.type === "string" && typeof error.data === "number" && schema.enum === undefined
      ? ", a number to YAML (put it in quotes)"
      : reasonInTheWrongPlace(segments, error.data);
  return { segments, message: `is ${quote(error.data)}${hint}; allowed: ${allowedBy(schema)}` };
}

/** What a schema allows, in words. */
function allowedBy(schema: JsonSchema): string {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return listOf(schema.enum);
  switch (schema.type) {
    case "string": {
      const words = schema.pattern === undefined ? "a string" : (PATTERN_WORDS[schema.pattern] ?? "a string");
      return schema.maxLength === undefined ? words : `${words}, of ${schema.maxLength} characters at most`;
    }
    case "number":
      return `a number from ${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}`;
    case "integer":
      return `a whole number from ${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}`;
    case "boolean":
      return "true or false";
    case "array":
      return schema.maxItems === undefined
        ? `a list${schema.minItems === undefined ? "" : ` of at least ${schema.minItems}`}`
        : `a list of ${schema.maxItems} at most`;
    case "object":
      return `a map of ${listOf(Object.keys(schema.properties ?? {}))}`;
    case undefined:
      return "another value";
    default:
      return schema.type satisfies never;
  }
}

function unknownField(name: string, segments: readonly (string | number)[], schema: JsonSchema): string {
  const names = Object.keys(schema.properties ?? {});
  if (segments.length === 1 && segments[0] === "rules" && BLOCKING_RULE_REASONS.some((reason) => reason === name)) {
    return `is a rule that blocks, which rules does not set; it is switched off by its name under dangerouslyAllow`;
  }
  const near = nearName(name, names);
  const hint = near === null ? "" : `; did you mean ${near}?`;
  return `is an unknown field${hint}${near === null ? ";" : ""} allowed: ${listOf(names)}`;
}

/** A rule that degrades, named under dangerouslyAllow. */
function reasonInTheWrongPlace(segments: readonly (string | number)[], value: unknown): string {
  if (segments[0] !== "dangerouslyAllow" || typeof value !== "string") return "";
  if (DEGRADING_REASONS.some((reason) => reason === value)) return `, which only degrades and is set under rules`;
  const near = nearName(value, BLOCKING_RULE_REASONS);
  return near === null ? "" : ` (did you mean ${near}?)`;
}

/** An RFC 6901 pointer's segments; all-digit ones are indexes, since no field of ours is a number. */
function toSegments(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}
