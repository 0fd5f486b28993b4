// values.yaml as documentation: every key with its default, its comment, and what @schema refines.
import { readFileSync } from "node:fs";
import { isMap, isPair, isScalar, parse, parseDocument, type Pair, type YAMLMap } from "yaml";

export interface Value {
  /** The keys from the top, as in `image.tag`. */
  readonly path: string;
  readonly key: string;
  /** The comment above the key, as one line; empty where there is none. */
  readonly description: string;
  /** What stands after `@schema`; `leaf: true` means that the keys below are no values of their own. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly defaultValue: unknown;
  /** The keys below; null for a value that is set as a whole. */
  readonly children: readonly Value[] | null;
}

const SCHEMA_LINE = /^@schema\b(.*)$/;

/**
 * Reads a chart's values.
 *
 * @throws Error with file and line where a key has neither description nor keys below it, or @schema is no flow mapping
 */
export function readValues(file: string): readonly Value[] {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  if (!isMap(document.contents)) throw new Error(`${file}: must be a mapping`);
  return readMap(document.contents, "", { file, text, lines });
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function readMap(map: YAMLMap, parent: string, source: Source): Value[] {
  return map.items.map((pair) => {
    if (!isPair(pair)) throw new Error(`${source.file}: unexpected item below ${parent || "the top"}`);
    return readPair(pair, parent, source);
  });
}

function readPair(pair: Pair, parent: string, source: Source): Value {
  if (!isScalar(pair.key) || pair.key.range == null) throw new Error(`${source.file}: a key of ${parent} is no word`);
  const key = String(pair.key.value);
  const path = parent === "" ? key : `${parent}.${key}`;
  const line = source.text.slice(0, pair.key.range[0]).split("\n").length;
  const { description, schema } = readComment(source, line, path);
  const value = pair.value;
  const isWhole = !isMap(value) || value.items.length === 0 || schema["leaf"] === true || "$ref" in schema;
  if (isWhole && description === "") {
    throw new Error(`${source.file}:${line}: ${path} has no description: say in a comment above it what it is for`);
  }
  return {
    path,
    key,
    description,
    schema,
    defaultValue: (value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null,
    children: isWhole ? null : readMap(value, path, source),
  };
}

/** The comment lines right above a key; a blank line ends them. */
function readComment(
  { lines, file }: Source,
  line: number,
  path: string,
): { readonly description: string; readonly schema: Record<string, unknown> } {
  const words: string[] = [];
  let schema: Record<string, unknown> = {};
  for (let at = line - 2; at >= 0; at -= 1) {
    const text = (lines[at] ?? "").trim();
    if (!text.startsWith("#")) break;
    const comment = text.replace(/^#\s?/, "");
    const refinement = SCHEMA_LINE.exec(comment)?.[1];
    if (refinement === undefined) {
      words.unshift(comment);
      continue;
    }
    const parsed: unknown = parse(refinement);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw new Error(`${file}:${at + 1}: @schema of ${path} must be a flow mapping such as {minimum: 1}`);
    }
    schema = parsed as Record<string, unknown>;
  }
  return { description: words.join(" ").trim(), schema };
}
