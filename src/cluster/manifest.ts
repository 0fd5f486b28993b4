// Kubernetes objects in a file of YAML or JSON, each with the way back to its line.
import { quote } from "../policy/policy-error.ts";
import { readDocuments } from "./documents.ts";
import { type FieldPath, renderFieldPath } from "../engine/object-path.ts";

export interface ManifestSource {
  /** As it was named; "-" is standard input. */
  readonly file: string;
  /** Counted from 0, as the file's `---` divide it. */
  readonly document: number;
}

/** One object; those of a List stand for themselves. */
export interface Manifest {
  readonly source: ManifestSource;
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** `file:line: document 2 of 3: spec.volumes[0].name`: what a sentence about that field begins with. */
  place(path: FieldPath): Promise<string>;
  /** The sentence that says what the field must be, and what it is. */
  misfit(path: FieldPath, expected: string): Promise<string>;
}

export type ParsedManifests =
  | { readonly kind: "manifests"; readonly manifests: readonly Manifest[] }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/**
 * Reads every document of a file. Documents that hold nothing are passed over; what is no object with kind and
 * apiVersion is an error, as it is for kubectl. `yaml` is loaded only for what is not JSON.
 */
export async function parseManifests(file: string, text: string): Promise<ParsedManifests> {
  const shown = file === "-" ? "standard input" : file;
  const documents = await readDocuments(text);
  const errors: string[] = [];
  const manifests: Manifest[] = [];
  for (const [index, document] of documents.entries()) {
    const at = (line: number): string => `${shown}:${line}: document ${index + 1} of ${documents.length}`;
    if ("problem" in document) {
      errors.push(`${at(document.line)}: not YAML: ${document.problem}`);
      continue;
    }
    if (document.value === null || document.value === undefined) continue;
    const objects: FoundObject[] = [];
    const misfit = addObjects(objects, document.value);
    if (misfit !== null) {
      const field = renderFieldPath(misfit.path);
      errors.push(
        `${at(await document.lineOf(misfit.path))}: ${field === "" ? "the document" : field} ${misfit.sentence}`,
      );
      continue;
    }
    for (const { base, apiVersion, kind, value } of objects) {
      const place = async (path: FieldPath): Promise<string> => {
        const whole = [...base, ...path];
        const field = renderFieldPath(whole);
        const named = path.length > 0 ? field : field === "" ? `the ${kind}` : `${field}: the ${kind}`;
        return `${at(await document.lineOf(whole))}: ${named}`;
      };
      const misfitIn = async (path: FieldPath, expected: string): Promise<string> =>
        `${await place(path)} must be ${expected}${butIs(valueAt(value, path))}`;
      manifests.push({ source: { file, document: index }, apiVersion, kind, value, place, misfit: misfitIn });
    }
  }
  return errors.length > 0 ? { kind: "invalid", errors } : { kind: "manifests", manifests };
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[part] : undefined),
    value,
  );
}

function butIs(value: unknown): string {
  return value === undefined ? "; it is missing" : `, not ${quote(value)}`;
}

interface FoundObject {
  readonly base: FieldPath;
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Misfit {
  readonly path: FieldPath;
  readonly sentence: string;
}

/** Lists within Lists. kubectl writes one; every one more is a call within a call, and a stack ends somewhere. */
const MOST_LISTS = 20;

/**
 * Adds the object, or those of a List (of Lists), to `objects`; null, or what is none. Items of a typed list, such as
 * PodList, may leave kind and apiVersion to it.
 *
 * @param lists how many Lists it stands in
 */
function addObjects(
  objects: FoundObject[],
  value: unknown,
  base: FieldPath = [],
  inherited: Partial<FoundObject> = {},
  lists = 0,
): Misfit | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { path: base, sentence: "must be an object with apiVersion and kind" };
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const { kind = inherited.kind, apiVersion = inherited.apiVersion } = fields;
  if (typeof kind !== "string" || kind === "") {
    return { path: [...base, "kind"], sentence: "must be given, as in kind: Pod" };
  }
  if (typeof apiVersion !== "string" || apiVersion === "") {
    return { path: [...base, "apiVersion"], sentence: `must be given, as in apiVersion: v1 (kind is ${kind})` };
  }
  const { items } = fields;
  if (kind !== "List" && !(kind.endsWith("List") && Array.isArray(items))) {
    objects.push({ base, apiVersion, kind, value: fields });
    return null;
  }
  if (!Array.isArray(items)) return { path: [...base, "items"], sentence: "must be a list of objects" };
  if (lists === MOST_LISTS) {
    return {
      path: base,
      sentence: `is a List within ${lists} Lists; allowed: ${MOST_LISTS} within each other, so put its items into one of those around it`,
    };
  }
  const passedOn = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
  for (const [index, item] of items.entries()) {
    const misfit = addObjects(objects, item, [...base, "items", index], passedOn, lists + 1);
    if (misfit !== null) return misfit;
  }
  return null;
}
