// Where a field stands in an object, in the ways that people and programs write it.

/** Keys and list indices from the object's root on. */
export type FieldPath = readonly (string | number)[];

/** kubectl's form: `spec.volumes[0].name`, `metadata.labels["a.b/c"]`; the root is "". */
export function renderFieldPath(path: FieldPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** The inverse of renderFieldPath; what it cannot read ends the path, so that the rest still names the place. */
export function parseFieldPath(text: string): FieldPath {
  const path: (string | number)[] = [];
  const part = /\.?([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    const [, key, index, quoted] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(JSON.parse(quoted) as string);
  }
  return path;
}
