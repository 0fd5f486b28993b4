import { describe, expect, it } from "vitest";
import {
  isSamePlacement,
  type PlaceableNode,
  type Placement,
  placementOf,
  type Reach,
  reachOf,
} from "../../src/engine/placement.ts";
import type { NodeSelectorRequirement, NodeSelectorTerm, Toleration } from "../../src/engine/pod.ts";
import { classOf, podOf } from "./sample-facts.ts";

const NODE: PlaceableNode = {
  name: "n1",
  labels: { zone: "a", cores: "8", negative: "-3", stamp: "20261123000000001", empty: "", words: "eight" },
  taints: [],
  unschedulable: false,
  ready: true,
};
const ANYWHERE: Placement = { nodeName: null, nodeSelector: {}, terms: null, tolerations: [] };

function term(...matchExpressions: NodeSelectorRequirement[]): NodeSelectorTerm[] {
  return [{ matchExpressions }];
}

describe("reachOf: the node", () => {
  it.each([
    ["ready", {}, "now"],
    ["not ready", { ready: false }, "later"],
    ["cordoned", { unschedulable: true }, "later"],
    ["of another name", { name: "n2" }, "now"],
  ])("%s", (_, node: Partial<PlaceableNode>, expected) => {
    expect(reachOf({ ...NODE, ...node }, ANYWHERE)).toBe(expected);
  });
});

describe("reachOf: a cordoned node", () => {
  it.each([
    [
      "a DaemonSet's toleration",
      { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
      "now",
    ],
    ["another key", { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule" }, "later"],
    ["another effect", { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoExecute" }, "later"],
  ])("%s", (_, toleration: Toleration, expected) => {
    expect(reachOf({ ...NODE, unschedulable: true }, { ...ANYWHERE, tolerations: [toleration] })).toBe(expected);
  });
});

describe("reachOf: spec.nodeName", () => {
  const gpu = { key: "gpu", value: "", effect: "NoSchedule" };
  const evicting = { key: "gpu", value: "", effect: "NoExecute" };
  it.each<[string, Partial<PlaceableNode>, Partial<Placement>, Reach]>([
    ["n1", {}, {}, "now"],
    ["n2", {}, {}, "never"],
    // The scheduler is not asked.
    ["n1", { ready: false, unschedulable: true, taints: [gpu] }, {}, "now"],
    // The kubelet is.
    ["n1", {}, { nodeSelector: { zone: "b" } }, "never"],
    ["n1", {}, { nodeSelector: { zone: "a" } }, "now"],
    ["n1", {}, { terms: term({ key: "zone", operator: "In", values: ["b"] }) }, "never"],
    ["n1", { taints: [evicting] }, {}, "never"],
    ["n1", { taints: [evicting] }, { tolerations: [{ key: "gpu", operator: "Exists" }] }, "now"],
    ["n1", { taints: [{ ...evicting, key: "node.kubernetes.io/not-ready" }] }, {}, "later"],
  ])("%s on %j with %j", (nodeName, node, placement, expected) => {
    expect(reachOf({ ...NODE, ...node }, { ...ANYWHERE, nodeName, ...placement })).toBe(expected);
  });
});

describe("reachOf: nodeSelector", () => {
  it.each([
    [{}, true],
    [{ zone: "a" }, true],
    [{ zone: "a", cores: "8" }, true],
    [{ empty: "" }, true],
    [{ zone: "b" }, false],
    [{ zone: "a", rack: "1" }, false],
    [{ rack: "" }, false],
    // A name that every object inherits is no label.
    [{ constructor: "x" }, false],
  ])("%j", (nodeSelector: Record<string, string>, expected) => {
    expect(reachOf(NODE, { ...ANYWHERE, nodeSelector })).toBe(expected ? "now" : "never");
  });
});

describe("reachOf: required affinity", () => {
  it.each([
    ["In", term({ key: "zone", operator: "In", values: ["b", "a"] }), true],
    ["In another", term({ key: "zone", operator: "In", values: ["b"] }), false],
    ["In, no values", term({ key: "zone", operator: "In" }), false],
    ["In, null values", term({ key: "zone", operator: "In", values: null }), false],
    ["In, label absent", term({ key: "rack", operator: "In", values: ["", "a"] }), false],
    ["NotIn", term({ key: "zone", operator: "NotIn", values: ["b"] }), true],
    ["NotIn its own", term({ key: "zone", operator: "NotIn", values: ["a"] }), false],
    ["NotIn, label absent", term({ key: "rack", operator: "NotIn", values: ["a"] }), true],
    ["Exists", term({ key: "zone", operator: "Exists" }), true],
    ["Exists, empty value", term({ key: "empty", operator: "Exists" }), true],
    ["Exists, label absent", term({ key: "rack", operator: "Exists" }), false],
    ["DoesNotExist", term({ key: "rack", operator: "DoesNotExist" }), true],
    ["DoesNotExist, label there", term({ key: "zone", operator: "DoesNotExist" }), false],
    ["Gt", term({ key: "cores", operator: "Gt", values: ["7"] }), true],
    ["Gt, equal", term({ key: "cores", operator: "Gt", values: ["8"] }), false],
    ["Gt, as numbers", term({ key: "cores", operator: "Gt", values: ["10"] }), false],
    ["Gt, negative", term({ key: "negative", operator: "Gt", values: ["-4"] }), true],
    ["Gt, beyond a double's digits", term({ key: "stamp", operator: "Gt", values: ["20261123000000000"] }), true],
    ["Gt, beyond an int64's digits", term({ key: "cores", operator: "Gt", values: ["-12345678901234567890"] }), false],
    ["Gt, no number", term({ key: "words", operator: "Gt", values: ["7"] }), false],
    ["Gt, the empty value", term({ key: "empty", operator: "Gt", values: ["-1"] }), false],
    ["Gt, compared with the empty value", term({ key: "cores", operator: "Gt", values: [""] }), false],
    ["Gt, compared with no number", term({ key: "cores", operator: "Gt", values: ["seven"] }), false],
    ["Gt, no values", term({ key: "cores", operator: "Gt" }), false],
    ["Gt, label absent", term({ key: "rack", operator: "Gt", values: ["0"] }), false],
    ["Lt", term({ key: "cores", operator: "Lt", values: ["9"] }), true],
    ["Lt, equal", term({ key: "cores", operator: "Lt", values: ["8"] }), false],
    ["an operator of tomorrow", term({ key: "zone", operator: "Near", values: ["a"] }), false],
    ["a key that objects inherit", term({ key: "toString", operator: "Exists" }), false],
    [
      "every expression of a term",
      term({ key: "zone", operator: "Exists" }, { key: "cores", operator: "Lt", values: ["8"] }),
      false,
    ],
    [
      "one of the terms",
      [...term({ key: "zone", operator: "DoesNotExist" }), ...term({ key: "cores", operator: "Exists" })],
      true,
    ],
    ["no terms", [], false],
    ["an empty term", [{}], false],
    ["a term of empty lists", [{ matchExpressions: [], matchFields: null }], false],
    ["matchFields", [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }], true],
    ["matchFields of another", [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n2"] }] }], false],
    ["matchFields NotIn", [{ matchFields: [{ key: "metadata.name", operator: "NotIn", values: ["n1"] }] }], false],
    ["another field", [{ matchFields: [{ key: "spec.x", operator: "NotIn", values: ["n1"] }] }], false],
    [
      "matchFields and matchExpressions",
      [
        {
          matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }],
          matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }],
        },
      ],
      false,
    ],
  ])("%s", (_, terms: readonly NodeSelectorTerm[], expected) => {
    expect(reachOf(NODE, { ...ANYWHERE, terms })).toBe(expected ? "now" : "never");
  });
});

const taint = (effect: string, key = "k", value = "v"): PlaceableNode["taints"] => [{ key, value, effect }];

describe("reachOf: taints", () => {
  it.each([
    ["NoSchedule", taint("NoSchedule"), [], false],
    ["NoExecute", taint("NoExecute"), [], false],
    ["PreferNoSchedule", taint("PreferNoSchedule"), [], true],
    ["tolerated by equality", taint("NoSchedule"), [{ key: "k", operator: "Equal", value: "v" }], true],
    ["Equal is the default", taint("NoSchedule"), [{ key: "k", value: "v" }], true],
    ["another value", taint("NoSchedule"), [{ key: "k", value: "w" }], false],
    ["absent value is the empty one", taint("NoSchedule", "k", ""), [{ key: "k" }], true],
    ["another key", taint("NoSchedule"), [{ key: "l", operator: "Exists" }], false],
    ["Exists", taint("NoSchedule"), [{ key: "k", operator: "Exists" }], true],
    ["Exists without key", taint("NoExecute"), [{ operator: "Exists" }], true],
    ["Exists with the empty key", taint("NoExecute"), [{ key: "", operator: "Exists" }], true],
    ["of its effect", taint("NoSchedule"), [{ key: "k", operator: "Exists", effect: "NoSchedule" }], true],
    ["of another effect", taint("NoExecute"), [{ key: "k", operator: "Exists", effect: "NoSchedule" }], false],
    ["of every effect", taint("NoExecute"), [{ key: "k", operator: "Exists", effect: null }], true],
    // 1.35's comparison of the taint's number with the toleration's (core/v1 toleration.go compareNumericValues).
    ["Gt", taint("NoSchedule", "k", "950"), [{ key: "k", operator: "Gt", value: "900" }], true],
    ["Gt, equal", taint("NoSchedule", "k", "900"), [{ key: "k", operator: "Gt", value: "900" }], false],
    ["Lt", taint("NoSchedule", "k", "-1"), [{ key: "k", operator: "Lt", value: "0" }], true],
    ["Lt, as numbers", taint("NoSchedule", "k", "10"), [{ key: "k", operator: "Lt", value: "9" }], false],
    ["Lt, no number", taint("NoSchedule"), [{ key: "k", operator: "Lt", value: "1" }], false],
    ["Lt of another key", taint("NoSchedule", "k", "1"), [{ key: "l", operator: "Lt", value: "9" }], false],
    ["an operator that nobody knows yet", taint("NoSchedule"), [{ key: "k", operator: "Matches", value: "x" }], true],
    [
      "each taint needs one",
      [...taint("NoSchedule"), ...taint("NoSchedule", "l")],
      [{ key: "k", operator: "Exists" }],
      false,
    ],
  ])("%s", (_, taints: PlaceableNode["taints"], tolerations: Toleration[], expected) => {
    expect(reachOf({ ...NODE, taints }, { ...ANYWHERE, tolerations })).toBe(expected ? "now" : "never");
  });
});

describe("reachOf: taints that pass", () => {
  it.each([
    ["node.kubernetes.io/memory-pressure", "later"],
    ["node.cloudprovider.kubernetes.io/uninitialized", "later"],
    ["node.kubernetes.io/os", "never"],
    ["node-role.kubernetes.io/control-plane", "never"],
    ["example.com/node.kubernetes.io/", "never"],
  ])("%s: %s", (key, expected) => {
    expect(reachOf({ ...NODE, taints: taint("NoSchedule", key) }, ANYWHERE)).toBe(expected);
    const both = [...taint("NoSchedule", key), ...taint("NoSchedule")];
    expect(reachOf({ ...NODE, taints: both }, ANYWHERE)).toBe("never");
  });
});

describe("placementOf", () => {
  const thp = classOf("kata-clh-thp", {
    nodeSelector: { thp: "on", zone: "b" },
    tolerations: [{ key: "kata", operator: "Exists" }],
  });

  it("is anywhere for a pod without a spec", () => {
    expect(placementOf({}, [])).toEqual(ANYWHERE);
    expect(placementOf({ spec: null }, [])).toEqual(ANYWHERE);
  });

  it("merges the scheduling of classes over the pod's own", () => {
    const pod = podOf({ nodeSelector: { zone: "a", disk: "ssd" }, tolerations: [{ key: "own" }] });
    expect(placementOf(pod, [classOf("kata-clh", { nodeSelector: { kata: "true" } }), thp])).toEqual({
      nodeName: null,
      nodeSelector: { zone: "b", disk: "ssd", kata: "true", thp: "on" },
      terms: null,
      tolerations: [{ key: "own" }, { key: "kata", operator: "Exists" }],
    });
    expect(pod.spec?.nodeSelector).toEqual({ zone: "a", disk: "ssd" });
  });

  it("reads nodeName and the required affinity", () => {
    const nodeSelectorTerms = term({ key: "zone", operator: "Exists" });
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    expect(placementOf(podOf({ nodeName: "n1", affinity }), [])).toMatchObject({
      nodeName: "n1",
      terms: nodeSelectorTerms,
    });
    expect(placementOf(podOf({ nodeName: "", affinity: { nodeAffinity: null } }), [])).toEqual(ANYWHERE);
  });
});

describe("isSamePlacement", () => {
  const kata = { key: "kata", operator: "Exists" };
  const usual = { nodeName: null, nodeSelector: { a: "1", b: "2" }, terms: null, tolerations: [kata] };

  it.each<[string, Placement]>([
    ["itself", usual],
    ["another order of keys", { ...usual, nodeSelector: { b: "2", a: "1" } }],
    ["what is empty instead of absent", { ...usual, tolerations: [{ ...kata, value: "" }] }],
  ])("is so for %s", (_, other) => {
    expect(isSamePlacement(usual, other)).toBe(true);
  });

  it.each<[string, Placement]>([
    ["a node's name", { ...usual, nodeName: "n" }],
    ["a key more", { ...usual, nodeSelector: { a: "1", b: "2", c: "3" } }],
    ["a key less", { ...usual, nodeSelector: { a: "1" } }],
    ["another key", { ...usual, nodeSelector: { a: "1", c: "2" } }],
    ["another value", { ...usual, nodeSelector: { a: "1", b: "3" } }],
    ["a toleration more", { ...usual, tolerations: [kata, kata] }],
    ["another toleration", { ...usual, tolerations: [{ ...kata, effect: "NoSchedule" }] }],
    ["node affinity", { ...usual, terms: [] }],
  ])("is not so for %s", (_, other) => {
    expect(isSamePlacement(usual, other)).toBe(false);
    expect(isSamePlacement(other, usual)).toBe(false);
  });

  it("leaves node affinity to whoever compares texts", () => {
    const affine = { ...usual, terms: [] };
    expect(isSamePlacement(affine, affine)).toBe(false);
  });
});
