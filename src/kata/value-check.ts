import { parseAnnotationBoolean, trimLikeRust } from "./booleans.ts";
import type { KataRuntime } from "./releases.ts";

/** How a runtime judges the text of an annotation. */
export type ValueCheck =
  /** Any text is taken. */
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  /** A whole number of at least `min`, at most `max`; one that fits is taken, other text refused, unless said otherwise. */
  | {
      readonly kind: "unsigned";
      readonly min?: number;
      readonly max?: number;
      readonly fitting?: "unknown";
      readonly noNumber?: "unknown";
    }
  /** Only these; `other` is what becomes of the rest. */
  | { readonly kind: "one-of"; readonly values: readonly string[]; readonly other: "refused" | "unknown" }
  /** A JSON array of strings, as Go's encoding/json reads it. */
  | { readonly kind: "json-strings" }
  /** Only Kata's own parser, or the node, can tell. */
  | { readonly kind: "opaque" };

/** `unknown`: these tables can't tell, or the answer depends on the node. */
export type Judgement = "taken" | "refused" | "unknown";

/** What the runtime makes of this text. */
export function judgeValue(check: ValueCheck, text: string, runtime: KataRuntime): Judgement {
  switch (check.kind) {
    case "text":
      return "taken";
    case "boolean":
      return parseAnnotationBoolean(text, runtime) === null ? "refused" : "taken";
    case "unsigned":
      return judgeUnsigned(check, text, runtime);
    case "one-of":
      return check.values.includes(text) ? "taken" : check.other;
    case "json-strings":
      return isJsonStrings(text) ? "taken" : "refused";
    case "opaque":
      return "unknown";
    default:
      return check satisfies never;
  }
}

/** strconv.ParseUint(text, 10, 64) takes digits only; Rust's parse also takes a leading plus, and is given trimmed text. */
function judgeUnsigned(check: ValueCheck & { kind: "unsigned" }, text: string, runtime: KataRuntime): Judgement {
  const digits = runtime === "go" ? text : trimLikeRust(text).replace(/^\+/, "");
  // 20 digits are 2⁶⁴; what has more is refused, but for leading zeros that nobody writes.
  if (!/^\d{1,20}$/.test(digits)) return check.noNumber ?? "refused";
  const number = Number(digits);
  const fits = number >= (check.min ?? 0) && number <= (check.max ?? 2 ** 64);
  return fits ? (check.fitting ?? "taken") : "refused";
}

/** encoding/json into []string: null stands for no list and, inside one, for the empty string. */
function isJsonStrings(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return true;
    return Array.isArray(value) && value.every((item) => item === null || typeof item === "string");
  } catch {
    return false;
  }
}
