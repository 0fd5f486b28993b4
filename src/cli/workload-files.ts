// The files that -f names → the workloads in them.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text as readStream } from "node:stream/consumers";
import { parseManifests } from "../cluster/manifest.ts";
import { MANIFEST_FILE } from "../cluster/snapshot.ts";
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
    let texts: readonly (readonly [file: string, text: string])[];
    try {
      texts = await read(name);
    } catch (error) {
      errors.push(`${name}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    for (const [file, text] of texts) {
      const parsed = await parseManifests(file, text);
      if (parsed.kind === "invalid") {
        errors.push(...parsed.errors);
        continue;
      }
      for (const manifest of parsed.manifests) {
        const found = await readWorkload(manifest, defaultNamespace);
        if (found.kind === "workload") workloads.push(found.workload);
        else if (found.kind === "invalid") errors.push(found.error);
        else notes.push(`${await manifest.place([])} (${manifest.apiVersion}) makes no pods and is passed over`);
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

async function read(name: string): Promise<readonly (readonly [file: string, text: string])[]> {
  if (name === "-") return [[name, await readStream(process.stdin)]];
  if (!(await stat(name)).isDirectory()) return [[name, await readFile(name, "utf8")]];
  const files = (await readdir(name)).filter((each) => MANIFEST_FILE.test(each)).toSorted();
  return Promise.all(files.map(async (each) => [join(name, each), await readFile(join(name, each), "utf8")] as const));
}
