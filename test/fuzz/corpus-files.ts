// The recorded files that fuzzing starts from.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** The texts of all files below these folders whose path matches. */
export function textsIn(folders: readonly string[], pattern: RegExp): readonly string[] {
  const texts = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => pattern.test(relative(ROOT, path)))
      .toSorted()
      .map((path) => readFileSync(path, "utf8")),
  );
  if (texts.length === 0) throw new Error(`nothing in ${folders.join(", ")} matches ${String(pattern)}`);
  return texts;
}
