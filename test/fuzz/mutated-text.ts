// Texts of a corpus with something changed where their structure is: lines, values, indentation, whole blocks.
import fc, { type Arbitrary } from "fast-check";

/** Values that a parser may trip over, as they stand in YAML, JSON or TOML. */
const ODD_VALUES: readonly string[] = [
  "null",
  "~",
  "{}",
  "[]",
  '""',
  "''",
  "0",
  "-1",
  "1e999",
  "0x1F",
  "9223372036854775808",
  "true",
  "yes",
  "2026-11-23",
  "1979-05-27T07:32:00Z",
  '"__proto__"',
  "__proto__",
  "constructor",
  "&a [*a]",
  "*a",
  "!!binary AA==",
  "!!js/function 'x'",
  "<<: *a",
  "|\n",
  ">-\n",
  '"""',
  "'''",
  "[[",
  "]]",
  "{a: {b: {c: [1, {d: 2}]}}}",
  '[{ a = 1 }, "x"]',
  "\u0000",
  "\uFEFF",
  "\u2028",
  "ä",
  "x".repeat(300),
];

interface Edit {
  readonly how: (typeof WAYS)[number];
  /** Which line, as a share of all. */
  readonly at: number;
  readonly value: string;
}

const WAYS = [
  "value",
  "key",
  "remove",
  "twice",
  "indent",
  "outdent",
  "splice",
  "truncate",
  "insert",
  "comment",
] as const;

const EDITS: Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    how: fc.constantFrom(...WAYS),
    at: fc.nat(100_000),
    value: fc.oneof(fc.constantFrom(...ODD_VALUES), fc.string({ maxLength: 12 })),
  }),
  { minLength: 1, maxLength: 6 },
);

/** One text of the corpus, changed; lines may also come from another one. */
export function mutatedTexts(corpus: readonly string[]): Arbitrary<Buffer> {
  const text = fc.constantFrom(...corpus);
  return fc.tuple(text, text, EDITS).map(([own, other, edits]) => Buffer.from(edited(own, other, edits)));
}

function edited(own: string, other: string, edits: readonly Edit[]): string {
  const lines = own.split("\n");
  const others = other.split("\n");
  for (const { how, at, value } of edits) {
    const index = at % Math.max(1, lines.length);
    const line = lines[index] ?? "";
    switch (how) {
      case "value":
        lines[index] = line.replace(/([:=]\s*).*$/, (_, sign: string) => sign + value);
        break;
      case "key":
        lines[index] = line.replace(/[\w."-]+(?=\s*[:=])/, () => value);
        break;
      case "remove":
        lines.splice(index, 1);
        break;
      case "twice":
        lines.splice(index, 0, line);
        break;
      case "indent":
        lines[index] = `  ${line}`;
        break;
      case "outdent":
        lines[index] = line.replace(/^ {1,2}/, "");
        break;
      case "splice":
        lines.splice(index, 0, ...others.slice(at % others.length, (at % others.length) + 5));
        break;
      case "truncate":
        lines[index] = line.slice(0, at % (line.length + 1));
        break;
      case "insert":
        lines.splice(index, 0, value);
        break;
      case "comment":
        lines[index] = `# ${line}`;
        break;
      default:
        how satisfies never;
    }
  }
  return lines.join("\n");
}
