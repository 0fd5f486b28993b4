// JSON in every spelling that the grammar has, and texts that just miss it.
import fc, { type Arbitrary } from "fast-check";

const SPACE = fc.constantFrom("", "", "", "", " ", "\n", "\t\r ");
const CHARACTER = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("a", "k", "0", " ", ":", ",", "{", "}", "[", "]", "/", "'", "\u007f") },
  { weight: 1, arbitrary: fc.constantFrom("ä", "€", "\u{1f600}", "\u2028", "\u00a0", "\ufeff") },
  { weight: 1, arbitrary: fc.constantFrom("\\n", '\\"', "\\\\", "\\/", "\\u00e4", "\\uD800", "\\u0000", "\\b") },
);
const STRING = fc.array(CHARACTER, { maxLength: 12 }).map((characters) => `"${characters.join("")}"`);
const SCALAR = fc.oneof(
  STRING,
  fc.constantFrom("true", "false", "null", '""', "0", "-0", "1", "-12.50e+3", "1E400", "0.1e-7", "9223372036854775807"),
);
/** Names that are kept, that are not, and that mean something to JavaScript. */
const KEY = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom("metadata", "spec", "object", "request", "containers", "name", "labels"),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom("env", "status", "kind", "uid", "f:metadata", 'k:{\\"name\\":\\"c\\"}', "", "a"),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("__proto__", "prototype", "constructor", "\\u0073pec", "sp\\u0065c", "toString"),
    },
  )
  .map((key) => `"${key}"`);

/** Texts that JSON.parse takes. Keys come twice, too. */
export const JSON_TEXTS: Arbitrary<string> = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, SCALAR, tie("object"), tie("list")),
  object: fc
    .array(
      fc
        .tuple(SPACE, KEY, SPACE, SPACE, tie("value"), SPACE)
        .map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`),
      { maxLength: 5 },
    )
    .map((members) => `{${members.join(",")}}`),
  list: fc
    .array(
      fc.tuple(SPACE, tie("value"), SPACE).map((parts) => parts.join("")),
      { maxLength: 4 },
    )
    .map((elements) => `[${elements.join(",")}]`),
})).value;

export interface Damage {
  readonly at: number;
  readonly how: "replace" | "remove" | "insert" | "cut";
  readonly byte: number;
}

/** Bytes that mean something to a scanner, and any others. */
const BYTE = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ \n\t-+.0eEtfnu\u0000\u001f/')), fc.nat(255));

export const DAMAGES: Arbitrary<readonly Damage[]> = fc.array(
  fc.record({
    at: fc.nat(20_000),
    how: fc.constantFrom("replace", "replace", "remove", "insert", "cut"),
    byte: BYTE,
  }),
  { minLength: 1, maxLength: 3 },
);

export function damaged(text: string | Buffer, damages: readonly Damage[]): Buffer {
  let bytes = Buffer.from(text);
  for (const { at, how, byte } of damages) {
    const place = at % (bytes.length + 1);
    const behind = how === "cut" ? [] : [bytes.subarray(how === "insert" ? place : place + 1)];
    const between = how === "replace" || how === "insert" ? [Buffer.from([byte])] : [];
    bytes = Buffer.concat([bytes.subarray(0, place), ...between, ...behind]);
  }
  return bytes;
}
