import { describe, expect, it } from "vitest";
import { runtimeClassFacts } from "../../src/cluster/runtime-class.ts";

describe("runtimeClassFacts", () => {
  it("reads the class that kata-deploy makes", () => {
    const facts = runtimeClassFacts({
      apiVersion: "node.k8s.io/v1",
      kind: "RuntimeClass",
      metadata: {
        name: "kata-clh-thp",
        annotations: { "kata-thp.dev/variant-of": "kata-clh", "katacontainers.io/kata-version": "3.32.0" },
      },
      handler: "kata-clh-thp",
      overhead: { podFixed: { memory: "130Mi", cpu: 0.25 } },
      scheduling: {
        nodeSelector: { "katacontainers.io/kata-runtime": "true" },
        tolerations: [{ key: "kata", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 }],
      },
    });
    expect(facts).toEqual({
      name: "kata-clh-thp",
      handler: "kata-clh-thp",
      variantOf: "kata-clh",
      kataVersion: "3.32.0",
      overhead: { memory: "130Mi", cpu: "0.25" },
      nodeSelector: { "katacontainers.io/kata-runtime": "true" },
      tolerations: [{ key: "kata", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 }],
    });
  });

  it.each([[{}], [{ overhead: null, scheduling: null }], [{ overhead: { podFixed: {} }, scheduling: {} }]])(
    "has nothing where the object has nothing: %j",
    (fields) => {
      expect(runtimeClassFacts({ metadata: { name: "a" }, handler: "b", ...fields })).toEqual({
        name: "a",
        handler: "b",
        variantOf: null,
        kataVersion: null,
        overhead: null,
        nodeSelector: {},
        tolerations: [],
      });
    },
  );

  it.each([
    [null],
    ["x"],
    [[]],
    [{ handler: "b" }],
    [{ metadata: { name: "a" } }],
    [{ metadata: { name: "a" }, handler: 1 }],
    [{ metadata: { name: "a", annotations: { x: true } }, handler: "b" }],
    [{ metadata: { name: "a" }, handler: "b", scheduling: { tolerations: [null] } }],
  ])("is null for %j", (object) => {
    expect(runtimeClassFacts(object)).toBeNull();
  });
});
