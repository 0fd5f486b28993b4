const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, micro sign
  μs: 1e-3, // U+03BC, Greek mu
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
/** What time.Duration.String() writes has 20 characters at most; a longer text is not the API server's. */
const LONGEST = 32;

/**
 * Reads a positive Go duration (time.ParseDuration: `10s`, `1m0s`, `500ms`, `1.5h`) as milliseconds; anything else,
 * a negative one and zero included, is null.
 */
export function parseGoDuration(text: string): number | null {
  if (text.length > LONGEST) return null;
  if (text !== last.text) last = { text, ms: parse(text) };
  return last.ms;
}

/** A cluster's API servers all say the same. */
let last: { readonly text: string; readonly ms: number | null } = { text: "", ms: null };

function parse(text: string): number | null {
  let total = 0;
  PART.lastIndex = 0;
  let end = 0;
  for (let match = PART.exec(text); match !== null; match = PART.exec(text)) {
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
    end = PART.lastIndex;
  }
  return end === text.length && total > 0 ? total : null;
}
