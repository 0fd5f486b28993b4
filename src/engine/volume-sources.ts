import type { Volume } from "./pod.ts";

/** The names of the sources that a volume has, sorted; none at all means emptyDir (core/v1 defaulting). */
export function sourcesOf(volume: Volume): string[] {
  const sources: string[] = [];
  const fields = volume as object as Readonly<Record<string, unknown>>;
  for (const key in fields) if (key !== "name" && fields[key] != null) sources.push(key);
  return sources.length > 1 ? sources.sort() : sources;
}

/** An emptyDir that is neither guest memory nor reserved huge pages. */
export function isOnDefaultMedium({
  volume,
  sources,
}: {
  readonly volume: Volume;
  readonly sources: readonly string[];
}): boolean {
  const medium = volume.emptyDir?.medium ?? "";
  return isEmptyDir({ sources }) && medium !== "Memory" && !medium.startsWith("HugePages");
}

/** An emptyDir, written or by default. */
export function isEmptyDir({ sources }: { readonly sources: readonly string[] }): boolean {
  return sources.length === 0 || sources.includes("emptyDir");
}
