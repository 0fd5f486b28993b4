// A text of YAML → its documents. Loaded only where there is YAML: the package alone takes some 45 ms.
import {
  type Document,
  type DocumentOptions,
  LineCounter,
  parseAllDocuments,
  type ParseOptions,
  type ScalarTag,
  type SchemaOptions,
} from "yaml";
import type { ReadDocument, UnreadableDocument } from "./documents.ts";
import type { FieldPath } from "../engine/object-path.ts";

const EXPONENT = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/;

/** YAML as kubectl takes it (sigs.k8s.io/yaml, YAML 1.1): yes is true and `<<` merges, but a time stays a string. */
export function parseYaml(text: string): readonly (ReadDocument | UnreadableDocument)[] {
  const lines = new LineCounter();
  const options: ParseOptions & DocumentOptions & SchemaOptions = {
    version: "1.1",
    customTags: (tags) =>
      tags
        .filter(
          (tag) => typeof tag === "string" || !(tag.format === "TIME" || tag.tag === "tag:yaml.org,2002:timestamp"),
        )
        // The package takes `e1` for a number; kubectl's parser wants a digit before the e.
        .map((tag) =>
          typeof tag !== "string" && tag.format === "EXP" ? ({ ...tag, test: EXPONENT } as ScalarTag) : tag,
        ),
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  };
  let documents: Document.Parsed[];
  try {
    documents = [...parseAllDocuments(text, options)];
  } catch (failure) {
    // The parser recurses; a file of very many brackets ends its stack.
    return [{ problem: messageOf(failure), line: 1 }];
  }
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) return { problem: messageOf(error), line: lines.linePos(error.pos[0]).line };
    try {
      return { value: document.toJS() as unknown, lineOf: async (path) => lineOf(document, lines, path) };
    } catch (failure) {
      // toJS refuses aliases that would grow without bound ("billion laughs").
      return { problem: messageOf(failure), line: lines.linePos(document.range[0]).line };
    }
  });
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: FieldPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const offset = offsetIn(parent, path[length - 1]);
    if (offset !== null) return lines.linePos(offset).line;
  }
  return lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
}

/** Where an entry of a map (its key) or of a list begins; null where the node has no such entry. */
function offsetIn(parent: unknown, part: string | number | undefined): number | null {
  const { items } = (parent ?? {}) as { readonly items?: readonly unknown[] };
  const entry =
    typeof part === "number"
      ? items?.[part]
      : items
          ?.map((pair) => (pair as { readonly key?: { readonly value?: unknown } }).key)
          .find((key) => String(key?.value) === part);
  return (entry as { readonly range?: readonly [number, number, number] } | undefined)?.range?.[0] ?? null;
}

/** The parser quotes what it does not understand, line breaks included; a problem is one line. */
function messageOf(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return message.replaceAll(/\s+/g, " ").trim();
}
