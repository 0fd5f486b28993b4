import type { KataRuntime } from "./releases.ts";

/** Go: exactly strconv.ParseBool, nothing trimmed (rt/pkg/oci/utils.go 3.12:1240, 3.32:1482, 4.1:1488; executed, vectors 07-…). */
const GO_TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const GO_FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/**
 * Rust's `str::trim` takes Unicode White_Space; JavaScript's `trim` takes the same, but U+FEFF too and U+0085 not
 * (kt/annotations/mod.rs; executed, vectors 07-enable_hugepages=' true').
 */
const RUST_SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const RUST_LEADING_SPACE = new RegExp(`^${RUST_SPACE}+`);
const IS_RUST_SPACE = new RegExp(`^${RUST_SPACE}$`);

/** What the runtime reads in a boolean annotation, or null where it refuses the pod for it. */
export function parseAnnotationBoolean(text: string, runtime: KataRuntime): boolean | null {
  if (runtime === "go") {
    if (GO_TRUE.has(text)) return true;
    return GO_FALSE.has(text) ? false : null;
  }
  const trimmed = trimLikeRust(text);
  if (trimmed === "true") return true;
  return trimmed === "false" ? false : null;
}

/** `str::trim`: runtime-rs trims every annotation's value before it looks at it. */
export function trimLikeRust(text: string): string {
  const start = RUST_LEADING_SPACE.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && IS_RUST_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
