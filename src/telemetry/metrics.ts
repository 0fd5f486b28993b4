import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Decision } from "../engine/decision.ts";
import type { Mode } from "../engine/facts.ts";
import { type CertificateMetrics, createCertificateMetrics } from "./certificate-metrics.ts";

/** What the metrics say of one review. Every label value is a code of ours or a name out of the policy. */
export interface CountedReview {
  readonly mode: Mode;
  readonly dryRun: boolean;
  /** The pod's RuntimeClass where the policy names it, else null: any other is a tenant's text. */
  readonly runtimeClass: string | null;
  /** Null: the review could not be read, which `requestRefused` counts. */
  readonly decision: Decision | null;
  readonly durationMs: number;
}

export interface Metrics extends CertificateMetrics {
  review(review: CountedReview): void;
  /** `count` is asked at each exposition. */
  reviewsInFlight(count: () => number): void;
  /** A request that was answered with something else than a review. */
  requestRefused(status: number): void;
  internalError(): void;
  policyRead(result: "taken" | "refused", now: Date): void;
  /** Where other parts of the same server put theirs. */
  readonly registry: Registry;
  /** Is called before each exposition. */
  beforeRender(settle: () => void): void;
  /** The exposition, and its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

type DecisionLabels = Readonly<
  Record<"mode" | "decision" | "selection" | "reason" | "runtime_class" | "dry_run", string>
>;

/** A review takes about a millisecond; the API server gives up after at most 30 s. */
const DURATION_BUCKETS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

/** The server's metrics, in a registry of their own so that two servers in one process do not meet. */
export function createMetrics(version: string): Metrics {
  const registers = [new Registry()];
  const registry = registers[0] as Registry;
  collectDefaultMetrics({ register: registry });

  new Gauge({
    registers,
    name: "kata_thp_build_info",
    help: "Always 1; the label says which version serves.",
    labelNames: ["version"],
  }).set({ version }, 1);
  const decisions = new Counter({
    registers,
    name: "kata_thp_decisions_total",
    help: "Decisions, each once: reason is the first one of a skip, and empty for a patch.",
    labelNames: ["mode", "decision", "selection", "reason", "runtime_class", "dry_run"],
  });
  const findings = new Counter({
    registers,
    name: "kata_thp_findings_total",
    help: "Reviews in which a reason was found, each reason once for a review.",
    labelNames: ["mode", "decision", "reason", "severity"],
  });
  const duration = new Histogram({
    registers,
    name: "kata_thp_review_duration_seconds",
    help: "From a request's headers to its answer being ready, reading the body included.",
    labelNames: ["mode"],
    buckets: DURATION_BUCKETS,
  });
  let countInFlight: (() => number) | null = null;
  new Gauge({
    registers,
    name: "kata_thp_reviews_in_flight",
    help: "Reviews under way.",
    collect() {
      this.set(countInFlight?.() ?? 0);
    },
  }).set(0);
  const refused = new Counter({
    registers,
    name: "kata_thp_refused_requests_total",
    help: "Requests that were answered with an HTTP error, by its code.",
    labelNames: ["code"],
  });
  const internalErrors = new Counter({
    registers,
    name: "kata_thp_internal_errors_total",
    help: "Errors inside the webhook; the pod passed unpatched. Any is a bug.",
  });
  const policyReloads = new Counter({
    registers,
    name: "kata_thp_policy_reloads_total",
    help: "Times that the policy was read, the first one included, by result.",
    labelNames: ["result"],
  });
  const policyTime = new Gauge({
    registers,
    name: "kata_thp_policy_last_taken_timestamp_seconds",
    help: "When the policy that serves was read.",
  });
  const policyIsCurrent = new Gauge({
    registers,
    name: "kata_thp_policy_is_current",
    help: "1: the policy on disk is the one that serves; 0: it was refused, and an older one serves.",
  });
  // A counter that first appears with its first error has no increase() to alert on.
  for (const result of ["taken", "refused"]) policyReloads.inc({ result }, 0);

  // prom-client looks labels up by a text that it makes of all of them; one series' own handle needs none.
  const durations: Readonly<Record<Mode, Histogram.Internal<"mode">>> = {
    enforce: duration.labels({ mode: "enforce" }),
    observe: duration.labels({ mode: "observe" }),
  };
  /** Decisions by their labels, not handed over yet: for each count prom-client makes and sorts a text of all labels. */
  const pending = new Map<string, { readonly labels: DecisionLabels; times: number }>();
  const countDecision = ({ mode, dryRun, runtimeClass }: CountedReview, decision: Decision): void => {
    const selection = decision.kind === "patch" ? decision.selection : "";
    const reason = decision.kind === "skip" ? (decision.findings[0]?.reason ?? "") : "";
    const key = `${mode} ${selection} ${reason} ${dryRun} ${runtimeClass ?? ""}`;
    let counted = pending.get(key);
    if (counted === undefined) {
      const labels = { mode, decision: decision.kind, selection, reason, runtime_class: runtimeClass ?? "" };
      counted = { labels: { ...labels, dry_run: String(dryRun) }, times: 0 };
      pending.set(key, counted);
    }
    counted.times += 1;
  };
  const handOver = (): void => {
    for (const { labels, times } of pending.values()) decisions.inc(labels, times);
    pending.clear();
  };

  const settling: (() => void)[] = [];
  return {
    review(review): void {
      const { mode, decision, durationMs } = review;
      durations[mode].observe(durationMs / 1000);
      if (decision === null) return;
      countDecision(review, decision);
      if (decision.findings.length === 0) return;
      const seen = new Set<string>();
      for (const { reason, severity } of decision.findings) {
        if (seen.has(reason)) continue;
        seen.add(reason);
        findings.inc({ mode, decision: decision.kind, reason, severity });
      }
    },
    reviewsInFlight(count): void {
      countInFlight = count;
    },
    requestRefused: (status) => refused.inc({ code: String(status) }),
    internalError: () => internalErrors.inc(),
    policyRead(result, now): void {
      policyReloads.inc({ result });
      policyIsCurrent.set(result === "taken" ? 1 : 0);
      if (result === "taken") policyTime.set(now.getTime() / 1000);
    },
    ...createCertificateMetrics(registry),
    registry,
    beforeRender: (settle) => void settling.push(settle),
    render: async () => {
      for (const settle of settling) settle();
      handOver();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
