import { describe, expect, it } from "vitest";
import {
  addedBy,
  backToRuntimeClass,
  type MovedPod,
  type SchedulingField,
  toRuntimeClass,
} from "../../src/engine/class-switch.ts";
import type { PodSpec, Toleration } from "../../src/engine/pod.ts";
import { known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import { classOf, podOf } from "./sample-facts.ts";

const CPU = { cpu: "250m" };
const THP = { key: "thp", operator: "Exists", effect: "NoSchedule" };

/** The operations besides the one for the class itself. */
function besides(spec: PodSpec, destination: Partial<RuntimeClassFacts>): unknown[] {
  const [first, ...others] = toRuntimeClass(podOf(spec), "new", classOf("new", { overhead: null, ...destination }));
  expect(first).toEqual({ op: "replace", path: "/spec/runtimeClassName", value: "new" });
  return others;
}

describe("toRuntimeClass", () => {
  it("writes nothing but the name where nothing is known of the class", () => {
    expect(toRuntimeClass(podOf({ overhead: CPU }), "new", null)).toEqual([
      { op: "replace", path: "/spec/runtimeClassName", value: "new" },
    ]);
  });

  it.each<[string, PodSpec["overhead"], RuntimeClassFacts["overhead"], unknown[]]>([
    ["neither has one", undefined, null, []],
    ["only the class has one", null, CPU, [{ op: "add", path: "/spec/overhead", value: CPU }]],
    ["only the pod has one", CPU, null, [{ op: "remove", path: "/spec/overhead" }]],
    ["the pod has an empty one", {}, null, [{ op: "remove", path: "/spec/overhead" }]],
    ["it is the same", CPU, CPU, []],
    ["it is the same amount", { cpu: "0.25" }, CPU, []],
    ["it is another", { cpu: "1" }, CPU, [{ op: "replace", path: "/spec/overhead", value: CPU }]],
    ["an amount is null", { cpu: null }, CPU, [{ op: "replace", path: "/spec/overhead", value: CPU }]],
  ])("overhead: %s", (_, own, overhead, operations) => {
    expect(besides({ overhead: own }, { overhead })).toEqual(operations);
  });

  it("adds what of the nodeSelector is missing", () => {
    const nodeSelector = { "a/b": "1", c: "2" };
    expect(besides({}, { nodeSelector })).toEqual([{ op: "add", path: "/spec/nodeSelector", value: nodeSelector }]);
    expect(besides({ nodeSelector: { c: "2" } }, { nodeSelector })).toEqual([
      { op: "add", path: "/spec/nodeSelector/a~1b", value: "1" },
    ]);
    expect(besides({ nodeSelector }, { nodeSelector })).toEqual([]);
  });

  it("adds the tolerations that are missing at the end, as the API server does", () => {
    const tolerations = [THP, { key: "k", operator: "Equal", value: "v" }];
    expect(besides({}, { tolerations })).toEqual([{ op: "add", path: "/spec/tolerations", value: tolerations }]);
    expect(besides({ tolerations: [] }, { tolerations })).toEqual([
      { op: "add", path: "/spec/tolerations/-", value: THP },
      { op: "add", path: "/spec/tolerations/-", value: { key: "k", operator: "Equal", value: "v" } },
    ]);
    expect(besides({ tolerations }, { tolerations })).toEqual([]);
  });

  it("adds no toleration that one of the pod's covers", () => {
    expect(besides({ tolerations: [{ operator: "Exists" }] }, { tolerations: [THP] })).toEqual([]);
    expect(besides({ tolerations: [{ ...THP, effect: "NoExecute" }] }, { tolerations: [THP] })).toEqual([
      { op: "add", path: "/spec/tolerations/-", value: THP },
    ]);
  });

  it("writes nothing of scheduling where the class has none", () => {
    expect(besides({ nodeSelector: null, tolerations: null }, {})).toEqual([]);
  });
});

const KATA = { key: "kata", operator: "Equal", value: "1" };
const TARGET: Partial<RuntimeClassFacts> = { nodeSelector: { kata: "1" }, tolerations: [KATA] };
const VARIANT: Partial<RuntimeClassFacts> = { nodeSelector: { kata: "1", "a/b": "2" }, tolerations: [THP] };
const TWO_OF_EACH: Partial<RuntimeClassFacts> = {
  nodeSelector: { "a/b": "2", c: "3" },
  tolerations: [THP, { key: "another", operator: "Exists" }],
};

describe("addedBy", () => {
  it.each<[string, PodSpec, Partial<RuntimeClassFacts>, SchedulingField[]]>([
    ["all of it is new", {}, VARIANT, ["nodeSelector", "tolerations"]],
    [
      "the first class's is there",
      { nodeSelector: { kata: "1" }, tolerations: [KATA] },
      VARIANT,
      ["nodeSelector", "tolerations"],
    ],
    ["the pod has the key", { nodeSelector: { "a/b": "2" } }, VARIANT, ["tolerations"]],
    ["the pod has the toleration", { tolerations: [THP] }, VARIANT, ["nodeSelector"]],
    ["the pod has a wider one", { tolerations: [{ operator: "Exists" }] }, VARIANT, ["nodeSelector"]],
    [
      "the pod has a narrower one",
      { tolerations: [{ ...THP, operator: "Equal", value: "x" }] },
      VARIANT,
      ["nodeSelector"],
    ],
    ["the pod has one of two", { nodeSelector: { "a/b": "2" }, tolerations: [THP] }, TWO_OF_EACH, []],
    ["the first class has a narrower one", {}, { tolerations: [{ key: "kata", operator: "Exists" }] }, []],
    ["both classes have the same", {}, TARGET, []],
    ["the class has none", {}, {}, []],
  ])("where %s", (_, spec, to, fields) => {
    expect(addedBy(podOf(spec), known(classOf("old", TARGET)), classOf("new", to))).toEqual(fields);
  });

  it("is nothing where one of the classes is not known", () => {
    expect(addedBy(podOf(), unknown("stale"), classOf("new", VARIANT))).toEqual([]);
    expect(addedBy(podOf(), known(classOf("old")), null)).toEqual([]);
  });
});

describe("backToRuntimeClass", () => {
  const FIRST = known(classOf("old", { overhead: CPU, ...TARGET }));
  const CURRENT = known(classOf("new", { overhead: null, ...VARIANT }));
  const BOTH: readonly SchedulingField[] = ["nodeSelector", "tolerations"];
  const OWN: Toleration = { key: "own" };
  const moved: PodSpec = {
    overhead: CPU,
    nodeSelector: { own: "1", kata: "1", "a/b": "2" },
    tolerations: [OWN, KATA, THP, { ...THP, value: "" }, { key: "behind" }],
  };
  const besidesTheName = (parts: MovedPod): unknown[] => {
    const [first, ...others] = backToRuntimeClass(parts, "old");
    expect(first).toEqual({ op: "replace", path: "/spec/runtimeClassName", value: "old" });
    return others;
  };

  it("takes away what was added, and neither the pod's own nor the first class's", () => {
    expect(besidesTheName({ pod: podOf(moved), current: CURRENT, first: FIRST, added: BOTH })).toEqual([
      { op: "remove", path: "/spec/nodeSelector/a~1b" },
      { op: "remove", path: "/spec/tolerations/3" },
      { op: "remove", path: "/spec/tolerations/2" },
    ]);
  });

  it("takes nothing away that is not remembered as added", () => {
    expect(besidesTheName({ pod: podOf(moved), current: CURRENT, first: FIRST, added: [] })).toEqual([]);
    expect(besidesTheName({ pod: podOf(moved), current: CURRENT, first: FIRST, added: ["nodeSelector"] })).toEqual([
      { op: "remove", path: "/spec/nodeSelector/a~1b" },
    ]);
  });

  it("leaves a key that has another value by now", () => {
    const pod = podOf({ ...moved, nodeSelector: { kata: "1", "a/b": "3" } });
    expect(besidesTheName({ pod, current: CURRENT, first: FIRST, added: ["nodeSelector"] })).toEqual([]);
  });

  it("takes nothing away where the class that it is in is not known", () => {
    for (const current of [null, unknown<RuntimeClassFacts>("stale")]) {
      expect(besidesTheName({ pod: podOf(moved), current, first: FIRST, added: BOTH })).toEqual([]);
    }
  });

  it("gives what the first class brings along", () => {
    expect(besidesTheName({ pod: podOf({}), current: CURRENT, first: FIRST, added: BOTH })).toEqual([
      { op: "add", path: "/spec/overhead", value: CPU },
      { op: "add", path: "/spec/nodeSelector", value: { kata: "1" } },
      { op: "add", path: "/spec/tolerations", value: [KATA] },
    ]);
    const forged = podOf({ overhead: CPU, nodeSelector: { "a/b": "2" }, tolerations: [THP] });
    expect(besidesTheName({ pod: forged, current: CURRENT, first: FIRST, added: BOTH })).toEqual([
      { op: "remove", path: "/spec/nodeSelector/a~1b" },
      { op: "add", path: "/spec/nodeSelector/kata", value: "1" },
      { op: "remove", path: "/spec/tolerations/0" },
      { op: "add", path: "/spec/tolerations/-", value: KATA },
    ]);
  });

  it("is the name alone where nothing is known of the first class", () => {
    expect(besidesTheName({ pod: podOf(moved), current: CURRENT, first: unknown("stale"), added: BOTH })).toEqual([]);
  });
});
