import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alikeNodes, groupOf, keptNode, type KeptNode } from "../../src/cluster/node.ts";
import { createNodeIndex, type NodeIndex } from "../../src/cluster/node-index.ts";
import { known, type NodeGroup, unknown } from "../../src/engine/facts.ts";
import type { Placement } from "../../src/engine/placement.ts";
import { REPORT_KEY } from "../../src/engine/status.ts";

const EPOCH_MS = Date.parse("2026-11-23T12:00:00Z");
const ANYWHERE: Placement = { nodeName: null, nodeSelector: {}, terms: null, tolerations: [] };

interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
  readonly status?: object;
}

function node(name: string, labels = {}, reportedAtMs: number | null = null, rest: object = {}): NodeObject {
  const observedAt = new Date(reportedAtMs ?? 0).toISOString();
  const report = JSON.stringify({ v: 1, observedAt, handlers: { kata: { runtime: "go" } } });
  return { metadata: { name, labels, annotations: reportedAtMs === null ? {} : { [REPORT_KEY]: report } }, ...rest };
}

function oneOf(values: number): Placement {
  const expression = { key: "zone", operator: "In", values: Array.from({ length: values }, String) };
  return { ...ANYWHERE, terms: [{ matchExpressions: [expression] }] };
}

function indexOf(nodes: readonly NodeObject[], now: () => Date = () => new Date(EPOCH_MS)): NodeIndex {
  const index = createNodeIndex({ now, onUnreadable: () => {} });
  for (const each of nodes) index.sink.put(each);
  return index;
}

const anyNode: fc.Arbitrary<NodeObject> = fc
  .record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    labels: fc.dictionary(fc.constantFrom("zone", "pool"), fc.constantFrom("1", "2")),
    reportedAtMs: fc.option(fc.integer({ min: EPOCH_MS - 600_000, max: EPOCH_MS + 600_000 })),
    unschedulable: fc.boolean(),
    handlers: fc.option(fc.subarray(["", "kata", "kata-thp"])),
    tainted: fc.boolean(),
  })
  .map(({ name, labels, reportedAtMs, unschedulable, handlers, tainted }) =>
    node(name, labels, reportedAtMs, {
      spec: { unschedulable, taints: tainted ? [{ key: "k", value: "v", effect: "NoSchedule" }] : [] },
      status: handlers === null ? {} : { runtimeHandlers: handlers.map((handler) => ({ name: handler })) },
    }),
  );
const anyPlacement: fc.Arbitrary<Placement> = fc.record({
  nodeName: fc.option(fc.constantFrom("a", "z")),
  nodeSelector: fc.dictionary(fc.constantFrom("zone", "pool"), fc.constantFrom("1", "2")),
  terms: fc.option(fc.constant([{ matchExpressions: [{ key: "zone", operator: "Exists" }] }])),
  tolerations: fc.constantFrom([], [{ operator: "Exists" }]),
});

describe("groups", () => {
  it("are those of all reachable nodes, whatever was asked and changed before", () => {
    const step = fc.oneof(
      fc.record({ put: anyNode }),
      fc.record({ remove: fc.constantFrom("a", "b", "c") }),
      fc.record({ relist: fc.array(anyNode, { maxLength: 4 }) }),
      fc.record({ passMs: fc.integer({ min: -1_000, max: 400_000 }) }),
      fc.record({ ask: anyPlacement }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let nowMs = EPOCH_MS;
        const index = indexOf([], () => new Date(nowMs));
        const all = new Map<string, NodeObject>();
        for (const each of steps) {
          if ("put" in each) {
            index.sink.put(each.put);
            all.set(each.put.metadata.name, each.put);
          } else if ("remove" in each) {
            index.sink.remove(each.remove);
            all.delete(each.remove);
          } else if ("relist" in each) {
            const relist = index.sink.relist();
            all.clear();
            for (const object of each.relist) {
              relist.add(object);
              all.set(object.metadata.name, object);
            }
            relist.commit();
          } else if ("passMs" in each) nowMs += each.passMs;
          else {
            const nodes = [...all.values()].map((object) => keptNode(object) as KeptNode);
            // An answer with a report from the future may be a second old.
            const right = [0, 1_000].map((agoMs) => {
              const at = new Date(nowMs - agoMs);
              return withoutAges(alikeNodes(nodes, each.ask, at).map((group) => groupOf(group, at)));
            });
            const answer = index.groups(each.ask);
            if (all.size === 0) expect(answer).toEqual(unknown("not found"));
            else expect(right).toContainEqual(answer.kind === "known" ? withoutAges(answer.value) : answer);
            expect(index.size()).toBe(all.size);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("have the age of the oldest report at this moment, though the answer is remembered", () => {
    let nowMs = EPOCH_MS;
    const index = indexOf([node("a", {}, EPOCH_MS - 5_000), node("b", {}, EPOCH_MS - 7_000)], () => new Date(nowMs));
    const age = (): unknown => index.groups(ANYWHERE);
    expect(age()).toMatchObject(known([{ nodes: 2, report: { ageSeconds: 7 } }]));
    nowMs += 3_600_000;
    expect(age()).toMatchObject(known([{ nodes: 2, report: { ageSeconds: 3_607 } }]));
    index.sink.remove("b");
    expect(age()).toMatchObject(known([{ nodes: 1, report: { ageSeconds: 3_605 } }]));
  });

  it("are not known while there is no node at all, which is not the same as none for this pod", () => {
    const index = indexOf([]);
    expect(index.groups(ANYWHERE)).toEqual(unknown("not found"));
    index.sink.put(node("a"));
    expect(index.groups({ ...ANYWHERE, nodeName: "b" })).toEqual(known([]));
    index.sink.remove("a");
    expect(index.groups(ANYWHERE)).toEqual(unknown("not found"));
  });

  it("are those of the new list once it is complete", () => {
    const index = indexOf([node("a"), node("b")]);
    const groups = (): unknown => index.groups(ANYWHERE);
    expect(groups()).toMatchObject(known([{ nodes: 2 }]));
    const relist = index.sink.relist();
    for (const name of ["b", "c", "d"]) relist.add(node(name));
    expect(groups()).toMatchObject(known([{ nodes: 2 }]));
    relist.commit();
    expect(groups()).toMatchObject(known([{ nodes: 3 }]));
  });

  it("believe a report from the future when its time has come", () => {
    let nowMs = EPOCH_MS;
    const index = indexOf([node("a", {}, EPOCH_MS + 600_000), node("b")], () => new Date(nowMs));
    expect(index.groups(ANYWHERE)).toEqual(
      known([
        { nodes: 1, runtimeHandlers: null, report: null },
        { nodes: 1, runtimeHandlers: null, report: null, hasOddReport: true },
      ]),
    );
    nowMs += 300_000;
    expect(index.groups(ANYWHERE)).toMatchObject(
      known([
        { nodes: 1, report: { ageSeconds: 0 } },
        { nodes: 1, report: null },
      ]),
    );
  });

  it("are not looked for where that would hold everybody up", () => {
    const index = indexOf(Array.from({ length: 5_000 }, (_, number) => node(`node-${number}`)));
    expect(index.groups(oneOf(1_000))).toEqual(known([]));
    expect(index.groups(oneOf(10_000))).toEqual(unknown("timeout"));
  });
});

describe("a node of which nothing can be kept", () => {
  const huge = node("huge", { zone: "1", long: "x".repeat(17_000) });

  it("counts as one that any pod may go to and that says nothing", () => {
    const index = indexOf([huge, node("small", { zone: "2" })]);
    const silent = { nodes: 1, runtimeHandlers: null, report: null };
    expect(index.groups({ ...ANYWHERE, nodeSelector: { zone: "3" } })).toEqual(known([silent]));
    expect(index.groups({ ...ANYWHERE, nodeSelector: { zone: "2" } })).toEqual(known([silent, silent]));
    expect(index.groups({ ...ANYWHERE, nodeName: "huge" })).toEqual(known([silent]));
    expect(index.groups({ ...ANYWHERE, nodeName: "small" })).toEqual(known([silent]));
    expect(index.groups({ ...ANYWHERE, nodeName: "other" })).toEqual(known([]));
  });

  it("is told once, until it can be read again", () => {
    const told: string[] = [];
    const index = createNodeIndex({
      now: () => new Date(EPOCH_MS),
      onUnreadable: (name, why) => told.push(`${name}: ${why}`),
    });
    index.sink.put(huge);
    index.sink.put({ ...huge, spec: { unschedulable: true } } as NodeObject);
    expect(told).toEqual([
      expect.stringMatching(/^huge: its labels, .* have 170\d\d characters; at most 16384 are kept$/),
    ]);
    index.sink.put(node("huge"));
    index.sink.put(huge);
    expect(told).toHaveLength(2);
  });
});

function withoutAges(groups: readonly NodeGroup[]): readonly NodeGroup[] {
  return groups.map((group) => ({
    ...group,
    report: group.report === null ? null : { ...group.report, ageSeconds: 0 },
  }));
}
