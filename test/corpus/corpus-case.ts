// One case of the corpus, read: test/cases/<Reason>/<case>/{pod,cluster,expected}.yaml.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { MODES, type Mode, UNKNOWN_CAUSES, type UnknownCause } from "../../src/engine/facts.ts";
import { type Expectation, parseExpectation } from "./expectation.ts";

export const CASES: string = fileURLToPath(new URL("../cases", import.meta.url));
export const CASE_FILES = ["cluster.yaml", "expected.yaml", "pod.yaml"] as const;

/** The moment of every case: reports of nodes carry times. */
export const NOW = "2026-11-23T12:30:00Z";

/** What the reader answers instead of what the documents say: a cause, or that it throws. */
export type ReaderFault = UnknownCause | "throws";

/** The document `kind: Case`, the first one of cluster.yaml. */
export interface CaseSettings {
  /** What must come out, written by hand and never rendered. */
  readonly expect: Expectation;
  /** As by `explain --mode`; null: what the Namespace's label says, else enforce. */
  readonly mode: Mode | null;
  /** The request's namespace; the pod's own where the pod names one. */
  readonly namespace: string;
  /** false: there is no snapshot at all. */
  readonly hasSnapshot: boolean;
  readonly reader: {
    readonly claims?: ReaderFault;
    readonly runtimeClasses?: ReaderFault;
    readonly nodes?: ReaderFault;
  };
}

export interface CorpusCase {
  /** HostPathVolume/directory */
  readonly id: string;
  /** The folder: a reason, or Patched. */
  readonly folder: string;
  readonly dir: string;
  readonly isNearMiss: boolean;
  readonly settings: CaseSettings;
  /** What pod.yaml holds: a Pod, a workload with a template, or an AdmissionReview. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The text of the document `kind: Policy`; null: the built-in policy. */
  readonly policyText: string | null;
  /** The texts of the other documents, which are the snapshot. */
  readonly objectTexts: readonly string[];
}

/** Every case, by id. A file that cannot be read, or says what no case can say, is an error that names it. */
export async function loadCases(): Promise<readonly CorpusCase[]> {
  const folders = await foldersIn(CASES);
  const ids = await Promise.all(
    folders.map(async (folder) => (await foldersIn(join(CASES, folder))).map((name) => ({ folder, name }))),
  );
  return await Promise.all(ids.flat().map(async ({ folder, name }) => await loadCase(folder, name)));
}

/** The names of the folders in a folder, sorted. */
export async function foldersIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

async function loadCase(folder: string, name: string): Promise<CorpusCase> {
  const dir = join(CASES, folder, name);
  const [pod, cluster] = await Promise.all(
    ["pod.yaml", "cluster.yaml"].map(async (file) => await readFile(join(dir, file), "utf8")),
  );
  if (pod === undefined || cluster === undefined) throw new Error(`${dir}: a file is missing`);
  const [head = "", ...documents] = cluster.split(/^---\n/m);
  // Policy and objects are read by the parsers that they are for; here only their kind is of interest.
  const policies = documents.filter(isPolicy);
  if (policies.length > 1) throw new Error(`${dir}/cluster.yaml: more than one Policy`);
  return {
    id: `${folder}/${name}`,
    folder,
    dir,
    isNearMiss: name.startsWith("near-miss-"),
    settings: parseSettings(oneDocument(head, `${dir}/cluster.yaml`), `${dir}/cluster.yaml`),
    manifest: oneDocument(pod, `${dir}/pod.yaml`),
    policyText: policies[0] ?? null,
    objectTexts: documents.filter((text) => !isPolicy(text)),
  };
}

function isPolicy(text: string): boolean {
  return /^kind: Policy$/m.test(text);
}

function oneDocument(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text); // throws for a second document
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${file}: ${String(cause)}`, { cause });
  }
  throw new Error(`${file}: must be one object:\n${text}`);
}

const SETTINGS: ReadonlySet<string> = new Set([
  "apiVersion",
  "kind",
  "expect",
  "mode",
  "namespace",
  "snapshot",
  "reader",
]);
const READER_PARTS: ReadonlySet<string> = new Set(["claims", "runtimeClasses", "nodes"]);
const FAULTS: ReadonlySet<unknown> = new Set<ReaderFault>([...UNKNOWN_CAUSES, "throws"]);

function parseSettings(value: Readonly<Record<string, unknown>>, file: string): CaseSettings {
  const { kind, expect, mode, namespace = "default", snapshot, reader = {} } = value;
  const fail = (what: string): never => {
    throw new Error(`${file}: the first document, kind: Case: ${what}`);
  };
  if (kind !== "Case") fail("is missing");
  const unknown = Object.keys(value).find((key) => !SETTINGS.has(key));
  if (unknown !== undefined) fail(`${unknown} is no field; allowed: ${[...SETTINGS].join(", ")}`);
  if (mode !== undefined && !MODES.some((each) => each === mode)) fail(`mode must be ${MODES.join(" or ")}`);
  if (typeof namespace !== "string") fail("namespace must be a name");
  if (snapshot !== undefined && snapshot !== "none") fail("snapshot must be none, or left out");
  for (const [part, fault] of Object.entries(reader as object)) {
    if (!READER_PARTS.has(part)) fail(`reader.${part} is no field; allowed: ${[...READER_PARTS].join(", ")}`);
    if (!FAULTS.has(fault)) fail(`reader.${part} must be one of ${[...FAULTS].join(", ")}`);
  }
  return {
    expect: parseExpectation(expect, file),
    mode: (mode as Mode | undefined) ?? null,
    namespace: namespace as string,
    hasSnapshot: snapshot !== "none",
    reader: reader as CaseSettings["reader"],
  };
}
