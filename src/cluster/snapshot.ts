// A folder of ordinary YAML as a cluster: the same reader as the live one, over RuntimeClasses, Nodes, claims and Namespaces.
import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Known, known, type Mode, MODES, unknown } from "../engine/facts.ts";
import { couldGoTo } from "../engine/placement.ts";
import { MODE_LABEL } from "../engine/status.ts";
import { parseManifests } from "./manifest.ts";
import { groupNodes } from "./node.ts";
import type { ClusterReader } from "./reader.ts";
import { claimKey, type SnapshotContents, snapshotObjects } from "./snapshot-objects.ts";

export const MANIFEST_FILE: RegExp = /\.(?:ya?ml|json)$/;

export interface Snapshot {
  readonly kind: "snapshot";
  readonly reader: ClusterReader;
  /** What the Namespace's label kata-thp.dev/mode says; null where it says no mode or the snapshot hasn't the Namespace. */
  readonly modeOf: (namespace: string) => Mode | null;
  /** What was found and not used, as sentences for a person. */
  readonly notes: readonly string[];
}

export type LoadedSnapshot =
  | Snapshot
  /** Each error names file, line and field. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Reads a folder and its subfolders; `now` is asked whenever the age of a node's report is wanted. */
export async function loadSnapshot(dir: string, now: () => Date): Promise<LoadedSnapshot> {
  let files: readonly string[];
  try {
    files = await manifestFiles(dir, new Set());
  } catch (error) {
    return { kind: "invalid", errors: [`${dir}: a snapshot must be a folder of YAML files: ${messageOf(error)}`] };
  }
  const objects = snapshotObjects();
  const errors: string[] = [];
  for (const file of files) {
    const parsed = await readFile(file, "utf8").then(
      (text) => parseManifests(file, text),
      (error: unknown) => ({ kind: "invalid" as const, errors: [`${file}: cannot be read: ${messageOf(error)}`] }),
    );
    if (parsed.kind === "invalid") {
      errors.push(...parsed.errors);
      continue;
    }
    for (const manifest of parsed.manifests) errors.push(...(await objects.add(manifest)));
  }
  return errors.length > 0 ? { kind: "invalid", errors } : snapshotOf(objects.contents, now, notesOn(objects.ignored));
}

/** The cluster of which nothing is known: "not synced", and no Nodes, so that a policy alone can be tried. */
export function emptyReader(): ClusterReader {
  return {
    runtimeClass: () => unknown("not synced"),
    variantsOf: () => unknown("not synced"),
    nodes: () => unknown("not found"),
    claimMode: async () => unknown("not synced"),
    namespaceLabels: () => null,
  };
}

function snapshotOf(
  { runtimeClasses, nodes, claims, namespaces }: SnapshotContents,
  now: () => Date,
  notes: string[],
): Snapshot {
  const classes = [...runtimeClasses.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const allNodes = [...nodes.values()];
  const reader: ClusterReader = {
    runtimeClass: (name) => knownOr(runtimeClasses.get(name)),
    variantsOf: (target) => known(classes.filter(({ name, variantOf }) => variantOf === target && name !== target)),
    nodes: (placement) => {
      if (allNodes.length === 0) return unknown("not found");
      const reachable = allNodes.filter((node) => couldGoTo(node, placement));
      return known(groupNodes(reachable, now()));
    },
    claimMode: async (namespace, name) => knownOr(claims.get(claimKey(namespace, name))),
    namespaceLabels: (name) => namespaces.get(name) ?? null,
  };
  const modeOf = (namespace: string): Mode | null => {
    const label = new Map(Object.entries(namespaces.get(namespace) ?? {})).get(MODE_LABEL);
    return MODES.find((mode) => mode === label) ?? null;
  };
  return { kind: "snapshot", reader, modeOf, notes };
}

function knownOr<T>(value: T | undefined): Known<T> {
  return value === undefined ? unknown("not found") : known(value);
}

function notesOn(ignored: ReadonlyMap<string, number>): string[] {
  if (ignored.size === 0) return [];
  const kinds = [...ignored].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
  return [`the snapshot has objects of kinds that are not used: ${kinds.join(", ")}`];
}

/**
 * Every manifest in the folder and below, sorted. Hidden entries are passed over: in a mounted ConfigMap the files are
 * links into a hidden folder, and would be read twice. `seen` holds real paths, so that a link cannot lead in circles.
 */
async function manifestFiles(dir: string, seen: Set<string>): Promise<string[]> {
  const real = await realpath(dir);
  if (seen.has(real)) return [];
  seen.add(real);
  const entries: Dirent[] = await readdir(dir, { withFileTypes: true });
  const files: string[] = [];
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith(".")) continue;
    const path = join(dir, name);
    if ((await stat(path)).isDirectory()) files.push(...(await manifestFiles(path, seen)));
    else if (MANIFEST_FILE.test(name)) files.push(path);
  }
  return files;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
