import { RE2JS } from "re2js";
import type { KataRuntime } from "./releases.ts";

/*
 * Patterns come from nodes and operators, so every size has a bound, and what is past it admits nothing.
 * The longest list that Kata ships has five short names. A real annotation key has at most 317 characters
 * (253 for a prefix, the slash, 63 for the name): the API server refuses a longer one.
 */
const LONGEST_LIST = 256;
const LONGEST_PATTERN = 256;
const LONGEST_NAME = 317;
/** Instructions of all of a list's programs. One pattern can add 42,000 at most, which compile in about 50 ms. */
const LARGEST_LIST_PROGRAM = 20_000;
/** Larger ones compile, but do not run: matching costs program times name. */
const LARGEST_PROGRAM = 2_000;

/** Some lists of ordinary size fit; the oldest pattern goes first. */
const CACHED_PATTERNS = 1_024;

/** `broken`: the runtime cannot compile it. `too-large`: it may, but we don't. */
interface CompiledPattern {
  readonly program: RE2JS | "broken" | "too-large";
  readonly size: number;
}

const TOO_LARGE: CompiledPattern = { program: "too-large", size: 0 };

const cache = new Map<string, CompiledPattern>();

/**
 * Whether `enable_annotations` lets the hypervisor key of this base name through.
 *
 * Each entry is an RE2 expression, unanchored and case-sensitive, matched on the name without its prefix:
 * `""`, `s` and `shared.fs` all admit `shared_fs` (Go: regexpContains, rt/pkg/oci/utils.go 3.12:255, 4.1:292;
 * runtime-rs: SecurityInfo::is_annotation_enabled, kt/config/hypervisor/mod.rs 4.1:1456; executed, vectors 12-…).
 * One broken entry is skipped by Go and disables the whole list on runtime-rs. Rust's own dialect differs from RE2 in
 * corners (`\Q…\E` and a lone `{` are errors there, `a{2000}` is none); no shipped list comes near them, and RE2 decides
 * for both.
 */
export function admitsAnnotation(
  enableAnnotations: readonly string[],
  baseName: string,
  runtime: KataRuntime,
): boolean {
  if (enableAnnotations.length > LONGEST_LIST || baseName.length > LONGEST_NAME) return false;
  let budget = LARGEST_LIST_PROGRAM;
  let isAdmitted = false;
  for (const text of enableAnnotations) {
    const { program, size } = budget > 0 ? compilePattern(text) : TOO_LARGE;
    budget -= size;
    if (program instanceof RE2JS) isAdmitted ||= program.matcher(baseName).find();
    // An entry that we don't judge could be the one that breaks the list.
    else if (runtime === "runtime-rs") return false;
  }
  return isAdmitted;
}

function compilePattern(text: string): CompiledPattern {
  if (text.length > LONGEST_PATTERN) return TOO_LARGE;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const compiled = compileUncached(text);
  const oldest = cache.size >= CACHED_PATTERNS ? cache.keys().next() : undefined;
  if (oldest?.done === false) cache.delete(oldest.value);
  cache.set(text, compiled);
  return compiled;
}

function compileUncached(text: string): CompiledPattern {
  try {
    const program = RE2JS.compile(text);
    const size = program.programSize();
    return size > LARGEST_PROGRAM ? { program: "too-large", size } : { program, size };
  } catch {
    return { program: "broken", size: 0 }; // compile throws for nothing but the pattern
  }
}
