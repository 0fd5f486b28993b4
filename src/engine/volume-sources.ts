import type { Volume } from "./pod.ts";

/** The names of the sources that a volume has, sorted; none at all means emptyDir (core/v1 defaulting). */
export function sourcesOf(volume: Volume): string[] {
  const fields: Readonly<Record<string, unknown>> = { ...volume };
  return Object.keys(fields)
    .filter((key) => key !== "name" && fields[key] != null)
    .sort();
}

/** An emptyDir, written or by default. */
export function isEmptyDir(volume: Volume): boolean {
  return volume.emptyDir != null || sourcesOf(volume).length === 0;
}
