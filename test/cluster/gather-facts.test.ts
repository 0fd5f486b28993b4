import { expect, it } from "vitest";
import { factsFromMemory, withClaims } from "../../src/cluster/gather-facts.ts";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import type { Placement } from "../../src/engine/placement.ts";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";
import { classOf, factsOf } from "../engine/sample-facts.ts";

type Scheduling = Partial<Pick<RuntimeClassFacts, "nodeSelector" | "tolerations">>;

/** Which placements were asked for, for a pod of a class with a variant. */
function placementsFor(target: Scheduling, variant: Scheduling): readonly Placement[] {
  const asked: Placement[] = [];
  const classes = [classOf("kata-clh", target), classOf("kata-clh-thp", { variantOf: "kata-clh", ...variant })];
  const reader: ClusterReader = {
    runtimeClass: (name) => {
      const found = classes.find((each) => each.name === name);
      return found === undefined ? unknown("not found") : known(found);
    },
    variantsOf: (name) => known(classes.filter(({ variantOf }) => variantOf === name)),
    nodes: (placement) => {
      asked.push(placement);
      return known([{ nodes: asked.length, runtimeHandlers: null, report: null }]);
    },
    claimMode: async () => unknown("not found"),
    namespaceLabels: () => null,
  };
  const request = { group: "", version: "v1", kind: "Pod", subResource: "", operation: "CREATE" };
  const pod = { spec: { runtimeClassName: "kata-clh", nodeSelector: { own: "1" } } };
  const subject = { request, mode: "enforce", namespace: "team", namespaceLabels: null, pod } as const;
  const { targetNodes, variantNodes } = factsFromMemory(subject, BUILT_IN_POLICY, reader);
  expect(targetNodes).toEqual(known([{ nodes: 1, runtimeHandlers: null, report: null }]));
  expect(variantNodes).toEqual(known([{ nodes: asked.length, runtimeHandlers: null, report: null }]));
  return asked;
}

const KATA = { key: "kata", operator: "Exists" };

it.each<[string, Scheduling, Scheduling]>([
  ["nothing at all", {}, {}],
  ["the same selector", { nodeSelector: { a: "1", b: "2" } }, { nodeSelector: { b: "2", a: "1" } }],
  ["the same tolerations", { tolerations: [KATA] }, { tolerations: [{ ...KATA, value: "" }] }],
])("asks once for the nodes where both classes ask for %s", (_, target, variant) => {
  expect(placementsFor(target, variant)).toHaveLength(1);
});

it.each<[string, Scheduling, Scheduling]>([
  ["another key", { nodeSelector: { a: "1" } }, { nodeSelector: { b: "1" } }],
  ["one key more", { nodeSelector: { a: "1" } }, { nodeSelector: { a: "1", b: "1" } }],
  ["one key less", { nodeSelector: { a: "1", b: "1" } }, { nodeSelector: { a: "1" } }],
  ["another value", { nodeSelector: { a: "1" } }, { nodeSelector: { a: "2" } }],
  ["a toleration more", {}, { tolerations: [KATA] }],
  ["another toleration", { tolerations: [KATA] }, { tolerations: [{ ...KATA, effect: "NoSchedule" }] }],
  ["a key that every object seems to have", { nodeSelector: { a: "1" } }, { nodeSelector: { constructor: "1" } }],
])("asks for those of the variant where it asks for %s", (_, target, variant) => {
  const [first, second, ...more] = placementsFor(target, variant);
  expect(more).toEqual([]);
  expect(first).toEqual({
    nodeName: null,
    nodeSelector: { own: "1", ...target.nodeSelector },
    terms: null,
    tolerations: target.tolerations ?? [],
  });
  expect(second).toEqual({
    nodeName: null,
    nodeSelector: { own: "1", ...target.nodeSelector, ...variant.nodeSelector },
    terms: null,
    tolerations: [...(target.tolerations ?? []), ...(variant.tolerations ?? [])],
  });
});

it.each([
  [128, known("Block")],
  [129, unknown("timeout")],
] as const)("of %i claims of one pod", async (count, mode) => {
  let asked = 0;
  const reader = {
    claimMode: async () => {
      asked += 1;
      return known("Block");
    },
  } as unknown as ClusterReader;
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  const volumes = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const facts = factsOf({
    pod: { spec: { volumes, containers: [{ volumeMounts: names.map((name) => ({ name })) }] } },
  });
  const { claims } = await withClaims(facts, reader, 500);
  expect([asked, claims]).toEqual([
    mode.kind === "known" ? count : 0,
    Object.fromEntries(names.map((name) => [name, mode])),
  ]);
});
