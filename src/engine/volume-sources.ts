import type { Volume } from "./pod.ts";

/** The names of the sources that a volume has, sorted; none at all means emptyDir (core/v1 defaulting). */
export function sourcesOf(volume: Volume): string[] {
  const sources: string[] = [];
  for (const [key, value] of Object.entries<unknown>(volume as object as Readonly<Record<string, unknown>>)) {
    if (key !== "name" && value != null) sources.push(key);
  }
  return sources.length > 1 ? sources.sort() : sources;
}

/** An emptyDir, written or by default. */
export function isEmptyDir({ sources }: { readonly sources: readonly string[] }): boolean {
  return sources.length === 0 || sources.includes("emptyDir");
}
