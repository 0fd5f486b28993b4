// values.yaml → a table in Markdown.
import type { Value } from "./read-values.ts";

/**
 * One row for each value that can be set by itself, or for those of `paths` in their order.
 *
 * @throws Error where a path is no value
 */
export function buildValuesTable(values: readonly Value[], paths?: readonly string[]): string {
  const leaves = leavesOf(values);
  const shown = paths?.map((path) => valueAt(leaves, path)) ?? leaves;
  const rows = shown.map((value) => `| \`${value.path}\` | ${showDefault(value)} | ${escape(value.description)} |`);
  return ["| value | default | what it is |", "|---|---|---|", ...rows].join("\n");
}

function valueAt(leaves: readonly Value[], path: string): Value {
  const value = leaves.find((leaf) => leaf.path === path);
  if (value === undefined) throw new Error(`values.yaml has no value ${path}; take it out of the table, or rename it`);
  return value;
}

function leavesOf(values: readonly Value[]): readonly Value[] {
  return values.flatMap((value) => (value.children === null ? [value] : leavesOf(value.children)));
}

function showDefault({ defaultValue, schema }: Value): string {
  if ("$ref" in schema) return "see values.yaml";
  return `\`${escape(JSON.stringify(defaultValue))}\``;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
