import { expect, it } from "vitest";
import { type ClusterEvent, describeClusterEvent } from "../../src/cluster/cluster-event.ts";

it.each<[ClusterEvent, string, string]>([
  [
    { kind: "listed", resource: "nodes", cause: "start", objects: 250, pages: 4, tookMs: 99.6 },
    "info",
    "listed 250 nodes: 4 pages, 100 ms",
  ],
  [
    { kind: "listed", resource: "nodes", cause: "gone", objects: 1, pages: 1, tookMs: 1 },
    "info",
    "listed 1 nodes again (gone): 1 pages, 1 ms",
  ],
  [
    { kind: "listed", resource: "runtimeclasses", cause: "silent", objects: 1, pages: 1, tookMs: 1 },
    "debug",
    "listed 1 runtimeclasses again (silent): 1 pages, 1 ms",
  ],
  [{ kind: "watching", resource: "nodes", isFirst: true }, "info", "watching nodes"],
  [{ kind: "watching", resource: "nodes", isFirst: false }, "debug", "watching nodes"],
  [{ kind: "watched", resource: "nodes", type: "BOOKMARK", name: "" }, "debug", "nodes: BOOKMARK"],
  [
    { kind: "failed", resource: "nodes", verb: "watch", why: "500 etcd", retryInMs: 1_234.5 },
    "warn",
    "watch nodes: 500 etcd; again in 1235 ms",
  ],
  [
    { kind: "forbidden", right: { verb: "watch", resource: "runtimeclasses" }, isNew: true, said: "403 no" },
    "error",
    "the API server does not let us watch runtimeclasses: 403 no; the webhook's ClusterRole must have the rule " +
      '- {apiGroups: ["node.k8s.io"], resources: [runtimeclasses], verbs: [list, watch]}',
  ],
  [{ kind: "allowed", right: { verb: "list", resource: "nodes" } }, "info", "the API server lets us list nodes now"],
  [
    { kind: "stale", resource: "nodes", ageMs: 600_400 },
    "error",
    "nothing was heard of nodes for 600 s: what was known of them counts no more",
  ],
  [{ kind: "fresh", resource: "nodes", ageMs: 0 }, "info", "nodes are known again"],
  [{ kind: "unreadable", node: "n1", why: "it is long" }, "warn", "node n1 counts as unknown: it is long"],
  [
    { kind: "claim", outcome: "timeout", isCached: false, tookMs: 500.2, why: "500 etcd" },
    "debug",
    "volumeMode of a claim: timeout (500 ms): 500 etcd",
  ],
  [
    { kind: "claim", outcome: "known", isCached: true, tookMs: 0, why: null },
    "debug",
    "volumeMode of a claim: known (cached)",
  ],
])("%j", (event, level, message) => {
  expect(describeClusterEvent(event)).toEqual({ level, message });
});
