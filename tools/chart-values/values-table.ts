// values.yaml → a table in Markdown.
import type { Value } from "./read-values.ts";

/** One row for each value that can be set by itself. */
export function buildValuesTable(values: readonly Value[]): string {
  const rows = leavesOf(values).map(
    (value) => `| \`${value.path}\` | ${showDefault(value)} | ${escape(value.description)} |`,
  );
  return ["| value | default | what it is |", "|---|---|---|", ...rows].join("\n");
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
