// A folder of ordinary YAML as a cluster: the same reader as the live one, over RuntimeClasses, Nodes, claims and Namespaces.
import { readdir } from "node:fs/promises";
import { type Known, known, type Mode, MODES, unknown } from "../engine/facts.ts";
import { MODE_LABEL } from "../engine/status.ts";
import { parseManifests } from "./manifest.ts";
import { readFolderAndBelow } from "./manifest-files.ts";
import { alikeNodes, groupOf } from "./node.ts";
import type { ClusterReader } from "./reader.ts";
import { claimKey, type SnapshotContents, type SnapshotObjects, snapshotObjects } from "./snapshot-objects.ts";

export interface Snapshot {
  readonly kind: "snapshot";
  readonly reader: ClusterReader;
  /** What the Namespace's label kata-thp.dev/mode says; null where it says no mode or the snapshot hasn't the Namespace. */
  readonly modeOf: (namespace: string) => Mode | null;
  /** What was found and not used, and what was not found, as sentences for a person. */
  readonly notes: readonly string[];
}

export type LoadedSnapshot =
  | Snapshot
  /** Each error names file, line and field. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Reads a folder and its subfolders; `now` is asked whenever the age of a node's report is wanted. */
export async function loadSnapshot(dir: string, now: () => Date): Promise<LoadedSnapshot> {
  try {
    await readdir(dir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "invalid", errors: [`${dir}: a snapshot must be a folder of YAML files: ${why}`] };
  }
  const objects = snapshotObjects();
  const errors: string[] = [];
  for await (const read of readFolderAndBelow(dir)) {
    if (read.kind === "unreadable") {
      errors.push(read.error);
      continue;
    }
    const parsed = await parseManifests(read.file, read.text);
    if (parsed.kind === "invalid") {
      for (const error of parsed.errors) errors.push(error);
      continue;
    }
    for (const manifest of parsed.manifests) for (const error of await objects.add(manifest)) errors.push(error);
  }
  return errors.length > 0 ? { kind: "invalid", errors } : snapshotOf(objects.contents, now, notesOn(objects));
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
      const at = now();
      return known(alikeNodes(allNodes, placement, at).map((group) => groupOf(group, at)));
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

function notesOn({ contents, ignored }: SnapshotObjects): string[] {
  const notes: string[] = [];
  if (contents.runtimeClasses.size === 0) {
    notes.push("the snapshot has no RuntimeClass (node.k8s.io/v1), so none can stand in for another");
  }
  if (ignored.size > 0) {
    const kinds = [...ignored].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
    notes.push(`the snapshot has objects of kinds that are not used: ${kinds.join(", ")}`);
  }
  return notes;
}
