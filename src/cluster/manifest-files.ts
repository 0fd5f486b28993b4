// The files of manifests in a folder: what stands there may also be a folder of such a name, a link that leads nowhere, or
// a pipe that nobody writes to.
import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

const MANIFEST_FILE = /\.(?:ya?ml|json)$/;

/** One file's text, or the sentence why there is none, which begins with its name. */
export type ReadFile =
  | { readonly kind: "text"; readonly file: string; readonly text: string }
  | { readonly kind: "unreadable"; readonly error: string };

/**
 * Reads every manifest in the folder, sorted, each when it is asked for; subfolders are passed over. Rejects where the
 * folder itself cannot be read.
 */
export async function* readFolder(dir: string): AsyncGenerator<ReadFile> {
  for (const name of (await readdir(dir)).toSorted()) {
    if (!MANIFEST_FILE.test(name)) continue;
    const file = join(dir, name);
    const found = await statOf(file);
    if ("error" in found) yield found;
    else if (!found.isDirectory()) yield await readIn(file, found);
  }
}

/**
 * The same for the folder and those below, of which each that cannot be read is told. Hidden entries are passed over: in a
 * mounted ConfigMap the files are links into a hidden folder, and would be read twice. Never rejects.
 *
 * @param seen real paths, so that a link cannot lead in circles
 */
export async function* readFolderAndBelow(dir: string, seen: Set<string> = new Set()): AsyncGenerator<ReadFile> {
  let names: readonly string[];
  try {
    const real = await realpath(dir);
    if (seen.has(real)) return;
    seen.add(real);
    names = await readdir(dir);
  } catch (error) {
    yield unreadable(dir, error);
    return;
  }
  for (const name of names.toSorted()) {
    if (name.startsWith(".")) continue;
    const path = join(dir, name);
    const found = await statOf(path);
    // Also where its name is no manifest's: it could have been a folder of them.
    if ("error" in found) yield found;
    else if (found.isDirectory()) yield* readFolderAndBelow(path, seen);
    else if (MANIFEST_FILE.test(name)) yield await readIn(path, found);
  }
}

/** Reads a file by its name, whatever it is: a shell's `<(…)` is a pipe. */
export async function readManifestFile(file: string): Promise<ReadFile> {
  try {
    return { kind: "text", file, text: decodeManifest(await readFile(file)) };
  } catch (error) {
    return unreadable(file, error);
  }
}

/** UTF-16 with a byte order mark is what PowerShell's `>` writes, and kubectl reads it too; else it is UTF-8. */
export function decodeManifest(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** In a folder, unlike by its name, nobody asked for a pipe or a device, and reading one may never end. */
async function readIn(file: string, found: Stats): Promise<ReadFile> {
  if (found.isFile()) return await readManifestFile(file);
  return {
    kind: "unreadable",
    error: `${file}: is no file; allowed in a folder: files and folders. Take it away, or name it otherwise`,
  };
}

async function statOf(path: string): Promise<Stats | Extract<ReadFile, { kind: "unreadable" }>> {
  try {
    return await stat(path);
  } catch (error) {
    // The folder has it, and yet it is not there.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return unreadable(path, error);
    return {
      kind: "unreadable",
      error: `${path}: is a link that leads nowhere; remove it, or put there what it should lead to`,
    };
  }
}

/** The sentence for what could not be read. */
export function unreadable(path: string, error: unknown): Extract<ReadFile, { kind: "unreadable" }> {
  return { kind: "unreadable", error: `${path}: cannot be read: ${messageOf(error)}` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
