// The files that -f names → the workloads in them.
import { stat } from "node:fs/promises";
import { buffer as readStream } from "node:stream/consumers";
import { parseManifests } from "../cluster/manifest.ts";
import { decodeManifest, type ReadFile, readFolder, readManifestFile, unreadable } from "../cluster/manifest-files.ts";
import { readWorkload, type Workload, WORKLOAD_KIND_NAMES } from "./workloads.ts";

export type ReadWorkloads =
  | {
      readonly kind: "workloads";
      readonly workloads: readonly Workload[];
      /** What was passed over, as sentences. */
      readonly notes: readonly string[];
    }
  /** Sentences that begin with file, line and document where there are any. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Reads files, folders (not their subfolders, as kubectl) and "-", standard input. Every error is told, not only the first. */
export async function readWorkloads(names: readonly string[], defaultNamespace: string): Promise<ReadWorkloads> {
  const errors: string[] = [];
  const notes: string[] = [];
  const workloads: Workload[] = [];
  for (const name of names) {
    for await (const read of readNamed(name)) {
      if (read.kind === "unreadable") {
        errors.push(read.error);
        continue;
      }
      const parsed = await parseManifests(read.file, read.text);
      if (parsed.kind === "invalid") {
        for (const error of parsed.errors) errors.push(error);
        continue;
      }
      for (const manifest of parsed.manifests) {
        const found = await readWorkload(manifest, defaultNamespace);
        if (found.kind === "workload") workloads.push(found.workload);
        else if (found.kind === "invalid") errors.push(found.error);
        else
          notes.push(
            `${await manifest.place([])} (${manifest.apiVersion}) is no kind whose pods explain knows, and is passed over`,
          );
      }
    }
  }
  if (errors.length > 0) return { kind: "invalid", errors };
  if (workloads.length > 0) return { kind: "workloads", workloads, notes };
  const none = `no workload found in ${names.map((name) => (name === "-" ? "standard input" : name)).join(", ")}`;
  return {
    kind: "invalid",
    errors: [...notes, `${none}; give one of ${WORKLOAD_KIND_NAMES.join(", ")}, or a List of them`],
  };
}

async function* readNamed(name: string): AsyncGenerator<ReadFile> {
  try {
    if (name === "-") yield { kind: "text", file: name, text: decodeManifest(await readStream(process.stdin)) };
    else if ((await stat(name)).isDirectory()) yield* readFolder(name);
    else yield await readManifestFile(name);
  } catch (error) {
    yield unreadable(name, error);
  }
}
