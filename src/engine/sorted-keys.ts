/** The keys of a pod's map that are meant, sorted. Most maps have none: no list of all keys is made, nothing is sorted. */
export function sortedKeys(map: object | null | undefined, isMeant: (key: string) => boolean): string[] {
  const keys: string[] = [];
  // JSON and YAML make no objects that inherit keys.
  for (const key in map) if (isMeant(key)) keys.push(key);
  return keys.length > 1 ? keys.sort() : keys;
}
