import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createClusterMetrics } from "../../src/telemetry/cluster-metrics.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { CHART } from "./helm.ts";
import { only, render } from "./rendered.ts";

describe("what is monitored", () => {
  it("exists: every metric in alerts and dashboard is one of the server's or the API server's", async () => {
    const metricsOfServer = createMetrics("0");
    createClusterMetrics(metricsOfServer.registry, () => []);
    const { text } = await metricsOfServer.render();
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric as string));
    known.add("apiserver_admission_match_condition_evaluation_errors_total");
    for (const kind of ["fail_open", "rejection"]) known.add(`apiserver_admission_webhook_${kind}_count`);
    const rules = JSON.stringify(only(await render("production"), "PrometheusRule").spec);
    const used = rules + readFileSync(join(CHART, "files/dashboard.json"), "utf8");

    const metrics = new Set(
      [...used.matchAll(/\b(?:kata_thp|process|apiserver)_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, "")),
    );
    expect(metrics.size).toBeGreaterThan(5);
    expect([...metrics].filter((metric) => !known.has(metric))).toEqual([]);
  });

  it.each([
    ["2160h", 86_400],
    ["24h", 21_600],
    ["1h", 900],
  ])("tells of a certificate that lives for %s when %d seconds are left", async (duration, seconds) => {
    const certificate = { source: "cert-manager", certManager: { duration } };
    const rules = JSON.stringify(
      only(await render({ prometheusRule: { enabled: true }, certificate }), "PrometheusRule").spec,
    );
    expect(rules).toContain(`- time() < ${seconds}"`);
  });
});
