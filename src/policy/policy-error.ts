/** What is wrong with one place of a policy file. */
export interface PolicyError {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The field, such as `targets[0].selection`; "" where the whole file is meant. */
  readonly path: string;
  /** The value and what is allowed, in words that follow the path: `is "x"; allowed: …`. */
  readonly message: string;
}

/** A fault before it is placed in the text. */
export interface PolicyFault {
  readonly segments: readonly (string | number)[];
  readonly message: string;
}

/** One line for a person: `policy.yaml:4: targets[0].selection is "x"; allowed: …`. */
export function formatPolicyError(error: PolicyError): string {
  return `${error.file}:${error.line}: ${error.path === "" ? "" : `${error.path} `}${error.message}`;
}

/** `targets[0].selection`; a key that is no plain word is quoted: `rules["a b"]`. */
export function fieldPath(segments: readonly (string | number)[]): string {
  let path = "";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (/^[A-Za-z_][\w-]{0,100}$/.test(segment)) path += path === "" ? segment : `.${segment}`;
    else path += `[${quote(segment)}]`;
  }
  return path;
}

/** Characters of a value that an error shows. */
const LONGEST_QUOTE = 80;

/** A value as an error shows it: JSON, on one line, cut. */
export function quote(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map of fields";
  // JSON has no word for what YAML writes as .nan and .inf.
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

/** `a, b or c`. */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
