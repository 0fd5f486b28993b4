// Flags as node:util reads them, with errors that say what is allowed.
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { nearName } from "../policy/near-name.ts";
import { listOf } from "../policy/policy-error.ts";

type Values<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; args: string[]; allowPositionals: true; strict: true }>
>["values"];

export type ParsedFlags<O extends ParseArgsOptionsConfig> =
  | { readonly kind: "flags"; readonly values: Values<O>; readonly positionals: readonly string[] }
  /** One sentence for a person. */
  | { readonly kind: "invalid"; readonly error: string };

/** Reads the flags of one command. As in kubectl, `-o=json`, `-o json` and `-ojson` are the same. */
export function parseFlags<const O extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: O,
): ParsedFlags<O> {
  const end = argv.indexOf("--");
  const args = argv.flatMap((argument, index) => {
    const [, short, value] = (end === -1 || index < end ? /^(-[a-z])=(.*)$/s.exec(argument) : null) ?? [];
    return short === undefined || value === undefined ? [argument] : [short, value];
  });
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { kind: "flags", values, positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { kind: "invalid", error: sentence(error, options) };
  }
}

/** Checks a flag whose value is one of a few words; null when it is, else one sentence. */
export function notOneOf(flag: string, value: string, allowed: readonly string[]): string | null {
  return allowed.includes(value)
    ? null
    : `${flag} must be ${listOf(allowed)}, not ${JSON.stringify(value)}${didYouMean(value, allowed)}`;
}

/** "; did you mean serve?" for a word that is nearly one of the known ones, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearName(word, known);
  return near === null ? "" : `; did you mean ${near}?`;
}

function sentence(error: TypeError, options: ParseArgsOptionsConfig): string {
  const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
  // Node's own message goes on with advice about positional arguments that fits no flag of ours.
  if (unknown === undefined) return (error.message.split("\n")[0] ?? "").replace(/\.$/, "");
  const near = nearName(unknown.replace(/^-+/, ""), Object.keys(options));
  return `unknown flag ${unknown}${near === null ? "" : `; did you mean --${near}?`}`;
}
