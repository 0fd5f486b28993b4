// A text of YAML or JSON → its documents, each with the way from a field back to its line.
import type { FieldPath } from "../engine/object-path.ts";

/** Finds the line, counted from 1, on which a field of the document begins, or the nearest one around it. */
type LineOf = (path: FieldPath) => Promise<number>;

export interface ReadDocument {
  readonly value: unknown;
  readonly lineOf: LineOf;
}

/** Something that cannot be read, in words of the parser's. */
export interface UnreadableDocument {
  readonly problem: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Every document of the text, empty ones too. Loads `yaml` only for what is not JSON. */
export async function readDocuments(text: string): Promise<readonly (ReadDocument | UnreadableDocument)[]> {
  return parseJson(text) ?? readYaml(text);
}

/** kubectl's output for a whole cluster is JSON of many megabytes, for which JSON.parse is a hundred times faster. */
function parseJson(text: string): ReadDocument[] | null {
  if (!text.trimStart().startsWith("{")) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  // JSON is YAML too, but for the lines alone it is not worth reading again before one is asked for.
  let again: ReturnType<typeof readYaml> | null = null;
  return [
    {
      value,
      lineOf: async (path) => {
        again ??= readYaml(text);
        const [document] = await again;
        return document === undefined || "problem" in document ? 1 : document.lineOf(path);
      },
    },
  ];
}

/** Through a module of ours: a bundler hands a CommonJS package that is imported dynamically no named exports. */
async function readYaml(text: string): Promise<readonly (ReadDocument | UnreadableDocument)[]> {
  const { parseYaml } = await import("./yaml-documents.ts");
  return parseYaml(text);
}
