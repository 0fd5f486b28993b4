import { describe, expect, it } from "vitest";
import { groupNodes, keptNode, type KeptNode } from "../../src/cluster/node.ts";
import { couldGoTo, placementOf } from "../../src/engine/placement.ts";

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

  it("goes without a report that cannot be read", () => {
    expect(kept("a", {}, "{").report).toBeNull();
  });
});

describe("groupNodes", () => {
  it("puts nodes together that differ in name, placement and the report's age, and keeps the oldest age", () => {
    const groups = groupNodes(
      [
        kept("a", { spec: { unschedulable: true } }, reportText("2026-11-23T11:59:00Z")),
        kept("b", {}, reportText("2026-11-23T11:00:00Z")),
        kept("c", {}, reportText("2026-11-23T11:30:00Z")),
      ],
      NOW,
    );
    expect(groups).toEqual([
      { nodes: 3, runtimeHandlers: null, report: { ageSeconds: 3600, handlers: { "kata-clh": { runtime: "go" } } } },
    ]);
  });

  it.each([
    ["handlers of the kubelet", kept("b", { status: { runtimeHandlers: [{ name: "kata-clh" }] } })],
    ["what the report says", kept("b", {}, reportText("2026-11-23T11:00:00Z", { runtime: "runtime-rs" }))],
    ["having a report", kept("b", {}, reportText("2026-11-23T11:00:00Z"))],
  ])("keeps nodes apart that differ in %s", (_, other) => {
    expect(groupNodes([kept("a"), other], NOW)).toHaveLength(2);
  });

  it("counts a report from the future as none", () => {
    const groups = groupNodes([kept("a"), kept("b", {}, reportText("2026-11-24T12:00:00Z"))], NOW);
    expect(groups).toEqual([{ nodes: 2, runtimeHandlers: null, report: null }]);
  });

  it("has the same order whatever the nodes' order", () => {
    const nodes = [
      kept("a", { status: { runtimeHandlers: [{ name: "z" }] } }),
      kept("b", {}, reportText("2026-11-23T11:00:00Z")),
      kept("c"),
    ];
    expect(groupNodes(nodes.toReversed(), NOW)).toEqual(groupNodes(nodes, NOW));
  });

  it("makes no group of no nodes", () => {
    expect(groupNodes([], NOW)).toEqual([]);
  });
});

describe("couldGoTo over kept nodes", () => {
  const tainted = kept("a", { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } });
  const labelled = kept("b", {});

  it("looks at taints, labels and readiness as the scheduler does", () => {
    const placement = placementOf({ spec: {} }, []);
    expect(couldGoTo(tainted, placement)).toBe(false);
    expect(couldGoTo(labelled, placement)).toBe(true);
    const tolerant = placementOf({ spec: { tolerations: [{ key: "gpu", operator: "Exists" }] } }, []);
    expect(couldGoTo(tainted, tolerant)).toBe(true);
    const notReady = kept("c", { status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
    expect(couldGoTo(notReady, placement)).toBe(false);
  });
});
