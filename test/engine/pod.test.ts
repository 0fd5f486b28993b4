import { describe, expect, it } from "vitest";
import { annotationOf, annotationPath, controllerOf, eachContainer, type Pod } from "../../src/engine/pod.ts";
import { annotated, podOf } from "./sample-facts.ts";

describe("eachContainer", () => {
  it("visits init, regular and ephemeral containers", () => {
    const pod = podOf({
      initContainers: [{ name: "i" }],
      containers: [{ name: "c" }, { name: "d" }],
      ephemeralContainers: [{ name: "e" }],
    });
    expect(eachContainer(pod).map(({ container, path }) => `${container.name} ${path}`)).toEqual([
      "i /spec/initContainers/0",
      "c /spec/containers/0",
      "d /spec/containers/1",
      "e /spec/ephemeralContainers/0",
    ]);
  });

  it.each<Pod>([{}, { spec: null }, { spec: {} }, { spec: { containers: null, initContainers: null } }])(
    "%j has none",
    (pod) => {
      expect(eachContainer(pod)).toEqual([]);
    },
  );
});

describe("annotationOf", () => {
  it.each<[Pod, string, string | null]>([
    [annotated({ a: "1" }), "a", "1"],
    [annotated({ a: "" }), "a", ""],
    [annotated({ a: "1" }), "b", null],
    [annotated({}), "toString", null],
    [podOf(), "a", null],
    [podOf({}, { annotations: null }), "a", null],
    [{}, "a", null],
    [{ metadata: null }, "a", null],
  ])("%j, %s: %j", (pod, key, expected) => {
    expect(annotationOf(pod, key)).toBe(expected);
  });
});

describe("annotationPath", () => {
  it.each([
    ["plain", "/metadata/annotations/plain"],
    ["kata-thp.dev/status", "/metadata/annotations/kata-thp.dev~1status"],
    ["~1", "/metadata/annotations/~01"],
    ["a~/b", "/metadata/annotations/a~0~1b"],
  ])("%s", (key, expected) => {
    expect(annotationPath(key)).toBe(expected);
  });
});

describe("controllerOf", () => {
  it.each<[string, Pod, string | null]>([
    ["no metadata", {}, null],
    ["no owners", { metadata: { ownerReferences: [] } }, null],
    ["null", { metadata: { ownerReferences: null } }, null],
    [
      "owners that do not control",
      { metadata: { ownerReferences: [{ name: "a" }, { name: "b", controller: false }] } },
      null,
    ],
    ["one that does", { metadata: { ownerReferences: [{ name: "a" }, { name: "b", controller: true }] } }, "b"],
  ])("%s", (_, pod, expected) => {
    expect(controllerOf(pod)?.name ?? null).toBe(expected);
  });
});
