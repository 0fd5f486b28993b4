import { describe, expect, it } from "vitest";
import { alikeNodes, groupOf, keptNode, type KeptNode } from "../../src/cluster/node.ts";
import type { NodeGroup } from "../../src/engine/facts.ts";
import { placementOf } from "../../src/engine/placement.ts";
import type { Pod } from "../../src/engine/pod.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

function reportText(observedAt: string, handler: Record<string, unknown> = { runtime: "go" }): string {
  return JSON.stringify({ v: 1, observedAt, handlers: { "kata-clh": handler } });
}

function kept(name: string, fields: Record<string, unknown> = {}, report?: string): KeptNode {
  const annotations = report === undefined ? {} : { "kata-thp.dev/report": report };
  const node = keptNode({ metadata: { name, annotations }, ...fields });
  if (node === null) throw new Error(`${name} is a Node`);
  return node;
}

describe("keptNode", () => {
  it("keeps what placement and decisions look at, and nothing more", () => {
    const node = keptNode({
      metadata: { name: "a", labels: { zone: "1" }, annotations: { secret: "x" }, managedFields: [{}] },
      spec: { taints: [{ key: "gpu", effect: "NoSchedule" }], unschedulable: true, podCIDR: "10.0.0.0/24" },
      status: {
        conditions: [
          { type: "Ready", status: "True" },
          { type: "DiskPressure", status: "True" },
        ],
        runtimeHandlers: [{ name: "runc" }, { name: "" }, { name: "kata-clh", features: {} }],
      },
    });
    expect(node).toEqual({
      name: "a",
      labels: { zone: "1" },
      taints: [{ key: "gpu", value: "", effect: "NoSchedule" }],
      unschedulable: true,
      ready: true,
      runtimeHandlers: ["", "kata-clh", "runc"],
      report: null,
      hasOddReport: false,
      likeness: expect.any(String),
    });
  });

  it.each([
    ["without conditions", [], true],
    ["with Ready False", [{ type: "Ready", status: "False" }], false],
    ["with Ready Unknown", [{ type: "Ready", status: "Unknown" }], false],
    ["with other conditions only", [{ type: "DiskPressure", status: "False" }], true],
  ])("takes a node %s as ready: %s %s", (_, conditions, ready) => {
    expect(kept("a", { status: { conditions } }).ready).toBe(ready);
  });

  it.each([[undefined], [null], [[]]])(
    "says that the handlers are unknown where the kubelet lists %j",
    (runtimeHandlers) => {
      expect(kept("a", { status: { runtimeHandlers } }).runtimeHandlers).toBeNull();
    },
  );

  it.each([[null], ["x"], [{}], [{ metadata: {} }], [{ metadata: { name: "a", labels: { b: 1 } } }]])(
    "is null for %j",
    (object) => {
      expect(keptNode(object)).toBeNull();
    },
  );

  it.each([
    ["{", true],
    [JSON.stringify({ v: 2, observedAt: "2026-11-23T12:00:00Z", handlers: {} }), true],
    ["", false],
  ])("tells a report that cannot be read from none: %j %s", (text, hasOddReport) => {
    expect(kept("a", {}, text)).toMatchObject({ report: null, hasOddReport });
  });
});

/** What a pod sees of these nodes. */
function groups(nodes: readonly KeptNode[], spec: Pod["spec"] = {}): NodeGroup[] {
  return alikeNodes(nodes, placementOf({ spec }, []), NOW).map((each) => groupOf(each, NOW));
}

describe("groups of nodes", () => {
  it("puts nodes together that differ in name, placement and the report's age, and keeps the oldest age", () => {
    const taints = [{ key: "gpu", value: "yes", effect: "PreferNoSchedule" }];
    const nodes = [
      kept("a", { spec: { taints } }, reportText("2026-11-23T11:59:00Z")),
      kept("b", {}, reportText("2026-11-23T11:00:00Z")),
      kept("c", {}, reportText("2026-11-23T11:30:00Z")),
    ];
    expect(groups(nodes)).toEqual([
      { nodes: 3, runtimeHandlers: null, report: { ageSeconds: 3600, handlers: { "kata-clh": { runtime: "go" } } } },
    ]);
  });

  it.each([
    ["handlers of the kubelet", kept("b", { status: { runtimeHandlers: [{ name: "kata-clh" }] } })],
    ["what the report says", kept("b", {}, reportText("2026-11-23T11:00:00Z", { runtime: "runtime-rs" }))],
    ["having a report", kept("b", {}, reportText("2026-11-23T11:00:00Z"))],
    ["having a report that can be read", kept("b", {}, "{")],
    ["taking pods now", kept("b", { spec: { unschedulable: true } })],
  ])("keeps nodes apart that differ in %s", (_, other) => {
    expect(groups([kept("a"), other])).toHaveLength(2);
  });

  it("keeps nodes apart whose reports differ in the host's huge pages alone", () => {
    const hosts = ["never", "madvise"].map((enabled) =>
      kept("a", {}, JSON.stringify({ v: 1, observedAt: "2026-11-23T11:00:00Z", handlers: {}, thp: { enabled } })),
    );
    expect(groups(hosts).map(({ report }) => report?.thp?.enabled)).toEqual(["madvise", "never"]);
  });

  it("counts a report from the future as one that cannot be read, and not as silence", () => {
    const nodes = [kept("a"), kept("b", {}, reportText("2026-11-24T12:00:00Z")), kept("c", {}, "{")];
    expect(groups(nodes)).toEqual([
      { nodes: 1, runtimeHandlers: null, report: null },
      { nodes: 2, runtimeHandlers: null, report: null, hasOddReport: true },
    ]);
  });

  it("has the same order whatever the nodes' order", () => {
    const nodes = [
      kept("a", { status: { runtimeHandlers: [{ name: "z" }] } }),
      kept("b", {}, reportText("2026-11-23T11:00:00Z")),
      kept("c"),
    ];
    expect(groups(nodes.toReversed())).toEqual(groups(nodes));
  });

  it("makes no group of no nodes", () => {
    expect(groups([])).toEqual([]);
  });
});

describe("groups of nodes that a pod could go to", () => {
  const tainted = kept("a", { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } });
  const notReady = kept("c", { status: { conditions: [{ type: "Ready", status: "Unknown" }] } });

  it("looks at taints and readiness as the scheduler does", () => {
    expect(groups([tainted])).toEqual([]);
    expect(groups([tainted], { tolerations: [{ key: "gpu", operator: "Exists" }] })).toMatchObject([{ nodes: 1 }]);
    expect(groups([kept("b")])).toEqual([{ nodes: 1, runtimeHandlers: null, report: null }]);
    expect(groups([notReady])).toEqual([{ nodes: 1, runtimeHandlers: null, report: null, isLater: true }]);
  });
});
