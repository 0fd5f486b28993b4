import { describe, expect, it } from "vitest";
import { type Facts, known, type NodeGroup, type RuntimeClassFacts, unknown } from "../../../src/engine/facts.ts";
import type { PodSpec } from "../../../src/engine/pod.ts";
import type { PolicyTarget } from "../../../src/engine/policy.ts";
import { attemptRuntimeClass } from "../../../src/engine/selections/runtime-class.ts";
import { classOf, factsWithVariant, line, podOf, policyOf, targetOf } from "../sample-facts.ts";

const CLASS = "/spec/runtimeClassName";

/** What stands in the way; what nothing overrides is marked with `firm`. */
function against(facts: Facts, target: Partial<PolicyTarget> = {}, isAuto = false): string[] {
  const attempt = attemptRuntimeClass({
    facts,
    pod: facts.pod,
    policy: policyOf(target),
    target: targetOf(target),
    isAuto,
  });
  return [...attempt.aboutKata.map(line), ...attempt.firm.map((finding) => `firm ${line(finding)}`)];
}

const nodes = (...runtimeHandlers: readonly (readonly string[] | null)[]): Facts["variantNodes"] =>
  known(runtimeHandlers.map((handlers) => ({ nodes: 1, runtimeHandlers: handlers, report: null })));

describe("attemptRuntimeClass: what the API server and the scheduler would say", () => {
  const UNSCHEDULABLE = [`firm VariantUnschedulable blocks ${CLASS}`];
  const MISSING = [`FleetDisagrees blocks ${CLASS} (runtimeHandlers)`];
  it.each<[string, Facts["variantNodes"], string[]]>([
    ["no nodes", unknown("not found"), []],
    ["no right to read nodes", unknown("forbidden"), []],
    ["nodes not synced", unknown("not synced"), [`NodesUnknown blocks ${CLASS} (not synced)`]],
    ["nodes stale", unknown("stale"), [`EvidenceStale blocks ${CLASS} (nodes)`]],
    ["no node that it could go to", known([]), UNSCHEDULABLE],
    ["no node with the handler", nodes(["kata-clh"], ["", "runc"]), UNSCHEDULABLE],
    ["one node with the handler", nodes(["kata-clh"], ["kata-clh", "kata-clh-thp"]), MISSING],
    ["one node that does not say", nodes(["kata-clh"], null), MISSING],
    ["the others have neither", nodes(["runc"], ["kata-clh", "kata-clh-thp"]), []],
    ["all nodes", nodes(["kata-clh-thp"], ["kata-clh", "kata-clh-thp"]), []],
  ])("%s", (_, variantNodes, expected) => {
    expect(against(factsWithVariant({ variantNodes }))).toEqual(expected);
  });

  it.each<[string, PodSpec, Partial<RuntimeClassFacts>, Partial<RuntimeClassFacts>, string[]]>([
    [
      "the same key and value",
      { nodeSelector: { kata: "true" } },
      { nodeSelector: { kata: "true" } },
      { nodeSelector: { kata: "true" } },
      [],
    ],
    [
      "other keys, and nobody knows which nodes have them",
      { nodeSelector: { a: "1" } },
      { nodeSelector: { b: "2" } },
      { nodeSelector: { c: "3" } },
      ["firm VariantNarrowsNodes blocks /spec/nodeSelector"],
    ],
    ["no keys but the variant's", {}, { nodeSelector: { b: "2" } }, { nodeSelector: { c: "3" } }, []],
    [
      "another value in the two classes",
      {},
      { nodeSelector: { kata: "true" } },
      { nodeSelector: { kata: "thp" } },
      [`firm NodeSelectorConflict blocks ${CLASS}`],
    ],
    [
      "another value in the pod",
      { nodeSelector: { "a/b": "1" } },
      {},
      { nodeSelector: { "a/b": "2" } },
      ["firm NodeSelectorConflict blocks /spec/nodeSelector/a~1b"],
    ],
    [
      "keys in any order",
      { nodeSelector: { a: "1", b: "1" } },
      {},
      { nodeSelector: { b: "2", a: "2" } },
      [
        "firm NodeSelectorConflict blocks /spec/nodeSelector/a",
        "firm NodeSelectorConflict blocks /spec/nodeSelector/b",
      ],
    ],
    ["a key that objects inherit", {}, {}, { nodeSelector: { constructor: "x" } }, []],
    ["no overhead", {}, {}, { overhead: { cpu: "1" } }, [`firm VariantCostsMore blocks ${CLASS} (cpu)`]],
    ["no overhead, nor has the target", {}, { overhead: null }, { overhead: { memory: "0" } }, []],
    [
      "more of a resource that objects inherit",
      {},
      { overhead: {} },
      { overhead: { constructor: "1" } },
      [`firm VariantCostsMore blocks ${CLASS} (constructor)`],
    ],
    ["an amount that is none", {}, {}, { overhead: { cpu: "lots" } }, [`firm VariantCostsMore blocks ${CLASS} (cpu)`]],
    ["an empty overhead", { overhead: {} }, {}, {}, []],
    ["the target's overhead", { overhead: { cpu: "250m", memory: "130Mi" } }, {}, { overhead: { cpu: "0.2" } }, []],
    ["the target's, written otherwise", { overhead: { cpu: 0.25, memory: "133120Ki" } }, {}, {}, []],
    [
      "the variant's overhead",
      { overhead: { cpu: "1" } },
      {},
      { overhead: { cpu: "1" } },
      ["firm OverheadMismatch blocks /spec/overhead"],
    ],
    ["an overhead of its own", { overhead: { cpu: "250m" } }, {}, {}, ["firm OverheadMismatch blocks /spec/overhead"]],
    [
      "an overhead where the target has none",
      { overhead: { cpu: "250m" } },
      { overhead: null },
      {},
      ["firm OverheadMismatch blocks /spec/overhead"],
    ],
  ])("%s", (_, spec, target, variant, expected) => {
    const facts = factsWithVariant({ pod: podOf(spec), targetClass: known(classOf("kata-clh", target)) }, variant);
    expect(against(facts)).toEqual(expected);
  });
});

describe("attemptRuntimeClass: reports that name the target alone", () => {
  const named = (...handlers: readonly string[]): NodeGroup => ({
    nodes: 1,
    runtimeHandlers: null,
    report: { ageSeconds: 1, handlers: Object.fromEntries(handlers.map((each) => [each, {}])) },
  });
  const both = named("kata-clh", "kata-clh-thp");
  it.each<[string, readonly NodeGroup[], string[]]>([
    ["beside one that names both", [both, named("kata-clh")], [`FleetDisagrees blocks ${CLASS} (handlers)`]],
    [
      "beside one that names both, and the kubelet lists the variant's",
      [both, { ...named("kata-clh"), runtimeHandlers: ["kata-clh", "kata-clh-thp"] }],
      [],
    ],
    ["and none that names the variant's", [named("kata-clh"), named()], []],
    ["beside one that says nothing of either", [both, named("runc")], []],
  ])("%s", (_, groups, expected) => {
    expect(against(factsWithVariant({ targetNodes: known(groups), variantNodes: known(groups) }))).toEqual(expected);
  });
});

describe("attemptRuntimeClass: nodes that take no pod at the moment", () => {
  const both = { nodes: 1, runtimeHandlers: ["kata-clh", "kata-clh-thp"], report: null };
  const away = { ...both, isLater: true };
  const targetOnly = { ...both, runtimeHandlers: ["kata-clh"] };
  const AWAITED = [`firm VariantUnschedulable blocks ${CLASS} (takes no pods now)`];
  const MISSING = [`FleetDisagrees blocks ${CLASS} (runtimeHandlers)`];
  it.each<[string, readonly NodeGroup[], string[]]>([
    ["one that has both handlers, beside one that has both", [both, away], []],
    // It has to wait in any case.
    ["all of them", [away], []],
    ["those with the variant's handler alone", [away, targetOnly], AWAITED],
    [
      "those with the variant's handler, beside one that has neither",
      [away, { ...both, runtimeHandlers: ["runc"] }],
      [],
    ],
    // It may be put there once that node is back.
    ["one without the variant's handler", [both, { ...targetOnly, isLater: true }], MISSING],
  ])("%s", (_, groups, expected) => {
    expect(against(factsWithVariant({ targetNodes: known(groups), variantNodes: known(groups) }))).toEqual(expected);
  });
});

describe("attemptRuntimeClass: a variant for fewer nodes", () => {
  const claim = { name: "d", persistentVolumeClaim: { claimName: "d" } };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] };
  const fewer = { nodeSelector: { thp: "yes" } };
  /** For each term the values that it takes. */
  const wanting = (...terms: readonly (readonly string[])[]): PodSpec["affinity"] => {
    const nodeSelectorTerms = terms.map((values) => ({ matchExpressions: [{ key: "thp", operator: "In", values }] }));
    return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  };
  const narrows = (path: string): string[] => [`firm VariantNarrowsNodes blocks ${path}`];
  it.each<[string, PodSpec, Partial<RuntimeClassFacts>, Partial<RuntimeClassFacts>, string[]]>([
    ["a claim", { volumes: [{ name: "e", emptyDir: {} }, claim] }, {}, fewer, narrows("/spec/volumes/1")],
    ["a claim to be made", { volumes: [{ name: "e", ephemeral: {} }] }, {}, fewer, narrows("/spec/volumes/0")],
    ["pods to be with", { affinity: { podAffinity: required } }, {}, fewer, narrows("/spec/affinity/podAffinity")],
    [
      "pods not to be with",
      { affinity: { podAntiAffinity: required } },
      {},
      fewer,
      narrows("/spec/affinity/podAntiAffinity"),
    ],
    [
      "a spread constraint",
      { topologySpreadConstraints: [{ whenUnsatisfiable: "ScheduleAnyway" }, { whenUnsatisfiable: "DoNotSchedule" }] },
      {},
      fewer,
      narrows("/spec/topologySpreadConstraints/1"),
    ],
    [
      "what is only preferred",
      {
        volumes: [{ name: "e", emptyDir: {} }],
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] }, podAntiAffinity: {} },
        topologySpreadConstraints: [{ whenUnsatisfiable: "ScheduleAnyway" }],
      },
      {},
      fewer,
      [],
    ],
    ["a node's name, and no node is known", { nodeName: "n1" }, {}, fewer, narrows("/spec/nodeName")],
    [
      "an affinity to nodes, and none is known",
      { affinity: wanting(["no"]) },
      {},
      fewer,
      narrows("/spec/affinity/nodeAffinity"),
    ],
    ["a scheduling gate", { schedulingGates: [{ name: "a" }] }, {}, fewer, narrows("/spec/schedulingGates")],
    [
      "a device",
      { containers: [{}, { resources: { limits: { "example.com/nic": 1 } } }] },
      {},
      fewer,
      narrows("/spec/containers/1/resources"),
    ],
    ["a claim, and the pod's affinity asks for it", { volumes: [claim], affinity: wanting(["yes"]) }, {}, fewer, []],
    [
      "a claim, and the pod's affinity asks for another too",
      { volumes: [claim], affinity: wanting(["yes"], ["yes", "no"]) },
      {},
      fewer,
      narrows("/spec/volumes/0"),
    ],
    [
      "some of its labels the pod's own, which nobody could tell from the others afterwards",
      { nodeSelector: { thp: "yes" } },
      {},
      { nodeSelector: { thp: "yes", big: "yes" } },
      narrows("/spec/nodeSelector"),
    ],
    [
      "some of its labels the pod's own, the others its affinity's",
      { nodeSelector: { big: "yes" }, affinity: wanting(["yes"]) },
      {},
      { nodeSelector: { thp: "yes", big: "yes" } },
      [],
    ],
    ["two labels, neither of them the pod's own", {}, {}, { nodeSelector: { thp: "yes", big: "yes" } }, []],
    [
      "a port of the container's own, and none of the node's",
      { containers: [{ ports: [{ hostPort: 0 }, {}] }] },
      {},
      fewer,
      [],
    ],
    ["a claim, and both classes ask for it", { volumes: [claim] }, fewer, fewer, []],
    ["a claim, and the pod asks for it", { volumes: [claim], nodeSelector: { thp: "yes" } }, {}, fewer, []],
    ["a claim, and the target asks for more", { volumes: [claim] }, fewer, {}, []],
  ])("%s", (_, spec, target, variant, expected) => {
    const facts = factsWithVariant({ pod: podOf(spec), targetClass: known(classOf("kata-clh", target)) }, variant);
    expect(against(facts)).toEqual(expected);
  });
});

describe("attemptRuntimeClass: a variant whose own object says that it is none", () => {
  const contradicts = (detail: string): string[] => [`EvidenceContradicts blocks ${CLASS} (${detail})`];
  it.each<[string, Partial<RuntimeClassFacts>, string[]]>([
    ["the target's handler", { handler: "kata-clh" }, contradicts("handler")],
    ["another class's variant", { variantOf: "kata-qemu" }, contradicts("variant-of")],
    ["nobody's variant", { variantOf: null }, []],
    ["the target's variant", { variantOf: "kata-clh" }, []],
  ])("%s", (_, variant, expected) => {
    const policyVariant = known(classOf("kata-clh-thp", variant));
    expect(against(factsWithVariant({ policyVariant }), { variant: "kata-clh-thp" })).toEqual(expected);
  });
});
