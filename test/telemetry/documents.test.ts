// What docs/observability.md and docs/certificates.md say of metrics and log lines, beside what there is.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLog, logReview } from "../../src/telemetry/log.ts";
import { createClusterMetrics } from "../../src/telemetry/cluster-metrics.ts";
import { countLostLines } from "../../src/telemetry/log-metrics.ts";
import { createLogSink } from "../../src/telemetry/log-sink.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

const STANDARD_ERROR = 2;

async function page(name: string): Promise<string> {
  return await readFile(join(import.meta.dirname, "../../docs", name), "utf8");
}

/** Code spans in the first cell of each row of a table, and in the second. */
function rowsOf(text: string): readonly (readonly [names: string[], second: string[]])[] {
  return [...text.matchAll(/^\| (`.*?) \| (.*?) \|/gm)].map(([, first = "", second = ""]) => [
    codesIn(first),
    codesIn(second),
  ]);
}

function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
}

it("has every metric with its labels, and none that there is not", async () => {
  const { registry } = createMetrics("0");
  createClusterMetrics(registry, () => []);
  countLostLines(registry, createLogSink(STANDARD_ERROR));
  const there = registry
    .getMetricsAsArray()
    .map((metric) => [metric.name, "labelNames" in metric ? metric.labelNames : []] as const)
    .filter(([name]) => name.startsWith("kata_thp_"))
    .map(([name, labels]) => `${name}: ${[...(labels as readonly string[])].toSorted().join(", ")}`);

  const rows = rowsOf((await page("observability.md")) + (await page("certificates.md")));
  const told = rows
    .filter(([names]) => names[0]?.startsWith("kata_thp_"))
    .map(([names, labels]) => `${names[0]}: ${labels.toSorted().join(", ")}`);
  expect(told.toSorted()).toEqual(there.toSorted());
});

it("has every field of a review's log line, and none that there is not", async () => {
  const lines: string[] = [];
  const nothing = { uid: null, namespace: null, runtimeClass: null, decision: null };
  const log = createLog("info", { write: (line) => lines.push(line) });
  logReview(log, { ...nothing, atMs: 0, mode: "enforce", dryRun: false, status: 400, durationMs: 1 });

  const [, section = ""] = (await page("observability.md")).split(/^## Log$|^## Audit$/m);
  const told = rowsOf(section).flatMap(([names]) => names);
  expect([...told, "msg"].toSorted()).toEqual(Object.keys(JSON.parse(lines[0] ?? "") as object).toSorted());
});
