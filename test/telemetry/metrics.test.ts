import { expect, it } from "vitest";
import type { Decision } from "../../src/engine/decision.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";

async function samples(metrics: Metrics, start: string): Promise<string[]> {
  const { text } = await metrics.render();
  return text.split("\n").filter((line) => line.startsWith(start));
}

const SKIP: Decision = {
  kind: "skip",
  putBack: null,
  findings: [
    { reason: "HostPathVolume", severity: "blocks", path: "/spec/volumes/0/hostPath" },
    { reason: "HostPathVolume", severity: "blocks", path: "/spec/volumes/1/hostPath" },
    { reason: "DefaultEmptyDir", severity: "degrades", path: "/spec/volumes/2" },
  ],
};

it("counts a decision once, and each of its reasons once", async () => {
  const metrics = createMetrics("1.2.3");
  metrics.review({ mode: "enforce", dryRun: true, runtimeClass: "kata-clh", decision: SKIP, durationMs: 2 });
  expect(await samples(metrics, "kata_thp_decisions_total")).toEqual([
    'kata_thp_decisions_total{mode="enforce",decision="skip",selection="",reason="HostPathVolume",runtime_class="kata-clh",dry_run="true"} 1',
  ]);
  expect(await samples(metrics, "kata_thp_findings_total")).toEqual([
    'kata_thp_findings_total{mode="enforce",decision="skip",reason="HostPathVolume",severity="blocks"} 1',
    'kata_thp_findings_total{mode="enforce",decision="skip",reason="DefaultEmptyDir",severity="degrades"} 1',
  ]);
  expect(await samples(metrics, 'kata_thp_review_duration_seconds_bucket{le="0.0025"')).toEqual([
    'kata_thp_review_duration_seconds_bucket{le="0.0025",mode="enforce"} 1',
  ]);
});

it("counts decisions of several kinds by themselves, from scrape to scrape", async () => {
  const metrics = createMetrics("1.2.3");
  const review = { dryRun: false, runtimeClass: "kata-clh", decision: SKIP, durationMs: 2 };
  const counts = async (): Promise<string[]> =>
    (await samples(metrics, "kata_thp_decisions_total")).map((line) =>
      line.replace(/^.*mode="(\w+)".* (\d+)$/, "$1 $2"),
    );
  for (const mode of ["enforce", "observe", "enforce"] as const) metrics.review({ ...review, mode });
  expect(await counts()).toEqual(["enforce 2", "observe 1"]);
  expect(await counts()).toEqual(["enforce 2", "observe 1"]);
  metrics.review({ ...review, mode: "observe" });
  expect(await counts()).toEqual(["enforce 2", "observe 2"]);
});

it("times what could not be read, and counts no decision for it", async () => {
  const metrics = createMetrics("1.2.3");
  metrics.review({ mode: "observe", dryRun: false, runtimeClass: null, decision: null, durationMs: 500 });
  expect(await samples(metrics, "kata_thp_decisions_total")).toEqual([]);
  expect(await samples(metrics, "kata_thp_review_duration_seconds_count")).toEqual([
    'kata_thp_review_duration_seconds_count{mode="observe"} 1',
  ]);
});

it("has every counter that an alert rests on from the start", async () => {
  const metrics = createMetrics("1.2.3");
  for (const line of [
    'kata_thp_build_info{version="1.2.3"} 1',
    "kata_thp_internal_errors_total 0",
    "kata_thp_reviews_in_flight 0",
    'kata_thp_policy_reloads_total{result="refused"} 0',
    'kata_thp_tls_reloads_total{result="refused"} 0',
    'kata_thp_client_ca_reloads_total{result="refused"} 0',
    'kata_thp_client_certificates_refused_total{reason="untrusted"} 0',
  ]) {
    expect(await samples(metrics, line)).toEqual([line]);
  }
  expect(await samples(metrics, "nodejs_eventloop_lag_seconds ")).toHaveLength(1);
});

it("says when the certificate that serves ends, a refused one notwithstanding", async () => {
  const metrics = createMetrics("1.2.3");
  metrics.certificateRead({ notAfter: new Date(1_800_000_000_000) });
  metrics.certificateRead("refused");
  expect(await samples(metrics, "kata_thp_tls")).toEqual([
    'kata_thp_tls_reloads_total{result="taken"} 1',
    'kata_thp_tls_reloads_total{result="refused"} 1',
    "kata_thp_tls_not_after_timestamp_seconds 1800000000",
    "kata_thp_tls_problem 0",
  ]);
});

it("keeps two servers in one process apart", async () => {
  const [one, other] = [createMetrics("1"), createMetrics("2")];
  one.internalError();
  expect(await samples(other, "kata_thp_internal_errors_total")).toEqual(["kata_thp_internal_errors_total 0"]);
});

it("names every metric in its base unit, with a help text", async () => {
  const { text } = await createMetrics("1").render();
  const names = [...text.matchAll(/^# TYPE (kata_thp_\w+) (\w+)$/gm)].map(([, name, type]) => ({
    name: name ?? "",
    type,
  }));
  expect(names.length).toBeGreaterThan(10);
  for (const { name, type } of names) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.*\\.$`, "m"));
    if (type === "counter") expect(name).toMatch(/_total$/);
    expect(name).not.toMatch(/milliseconds|_ms\b/);
  }
});
