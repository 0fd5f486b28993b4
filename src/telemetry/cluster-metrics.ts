import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ClusterEvent } from "../cluster/cluster-event.ts";
import type { SyncState } from "../cluster/live-reader.ts";

/** What the metrics say of the API server's side: labels are resources, verbs and outcomes, never names. */
export interface ClusterMetrics {
  clusterEvent(event: ClusterEvent): void;
}

/** `syncState` is asked at every scrape. */
export function createClusterMetrics(registry: Registry, syncState: () => readonly SyncState[]): ClusterMetrics {
  const registers = [registry];
  const lists = new Counter({
    registers,
    name: "kata_thp_cluster_lists_total",
    help: "Complete lists of a resource, the first one included, by what made them necessary.",
    labelNames: ["resource", "cause"],
  });
  const failures = new Counter({
    registers,
    name: "kata_thp_cluster_failures_total",
    help: "Requests to the API server that failed and are repeated.",
    labelNames: ["resource", "verb"],
  });
  const forbidden = new Counter({
    registers,
    name: "kata_thp_cluster_forbidden_total",
    help: "Requests that RBAC refused: the webhook's ClusterRole lacks this right.",
    labelNames: ["resource", "verb"],
  });
  const claims = new Counter({
    registers,
    name: "kata_thp_claim_reads_total",
    help: "volumeModes of claims that were asked for, by outcome.",
    labelNames: ["outcome", "cached"],
  });
  const claimSeconds = new Histogram({
    registers,
    name: "kata_thp_claim_read_duration_seconds",
    help: "How long a review waited for a claim's volumeMode that was not remembered.",
    buckets: [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  });
  const gauge = (name: string, help: string, valueOf: (state: SyncState) => number | null): Gauge =>
    new Gauge({
      registers,
      name,
      help,
      labelNames: ["resource"],
      collect(): void {
        for (const state of syncState()) {
          const value = valueOf(state);
          if (value !== null) this.set({ resource: state.resource }, value);
        }
      },
    });
  gauge(
    "kata_thp_cluster_known",
    "1: decisions rest on this resource; 0: it is unknown (not synced, forbidden, stale).",
    ({ state }) => (state === "known" ? 1 : 0),
  );
  gauge("kata_thp_cluster_objects", "Objects of this resource that are kept.", ({ objects }) => objects);
  gauge("kata_thp_cluster_age_seconds", "Since the API server was last heard of for this resource.", ({ ageMs }) =>
    ageMs === null ? null : ageMs / 1000,
  );

  return {
    clusterEvent(event): void {
      switch (event.kind) {
        case "listed":
          lists.inc({ resource: event.resource, cause: event.cause });
          break;
        case "failed":
          failures.inc({ resource: event.resource, verb: event.verb });
          break;
        case "forbidden":
          forbidden.inc({ resource: event.right.resource, verb: event.right.verb });
          break;
        case "claim":
          claims.inc({ outcome: event.outcome, cached: String(event.isCached) });
          if (!event.isCached) claimSeconds.observe(event.tookMs / 1000);
          break;
        case "watching":
        case "watched":
        case "allowed":
        case "stale":
        case "fresh":
        case "unreadable":
          break;
        default:
          event satisfies never;
      }
    },
  };
}
