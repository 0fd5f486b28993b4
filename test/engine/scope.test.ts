import { describe, expect, it } from "vitest";
import { type Facts, known, type RequestFacts, unknown } from "../../src/engine/facts.ts";
import { scopeOf } from "../../src/engine/scope.ts";
import { annotated, classOf, factsOf, line, podOf, policyOf } from "./sample-facts.ts";

const MODE = "kata-thp.dev/mode";

function scopeLine(facts: Partial<Facts>): string {
  const scope = scopeOf(factsOf(facts), policyOf());
  return scope.kind === "in" ? `in ${scope.aim.role}` : line(scope.finding);
}

describe("scopeOf: the request", () => {
  it.each<[string, Partial<RequestFacts>, string]>([
    ["CREATE of a pod", {}, "in target"],
    ["another group", { group: "apps" }, "NotAPod blocks"],
    ["another version", { version: "v2" }, "NotAPod blocks"],
    ["another kind", { kind: "PodTemplate" }, "NotAPod blocks"],
    ["a kind in other letters", { kind: "pod" }, "NotAPod blocks"],
    ["a subresource", { subResource: "exec" }, "NotAPod blocks"],
    ["a subresource's UPDATE", { subResource: "ephemeralcontainers", operation: "UPDATE" }, "NotAPod blocks"],
    ["UPDATE", { operation: "UPDATE" }, "NotCreate blocks"],
    ["DELETE", { operation: "DELETE" }, "NotCreate blocks"],
    ["CONNECT", { operation: "CONNECT" }, "NotCreate blocks"],
    ["an operation in other letters", { operation: "create" }, "NotCreate blocks"],
    ["no operation", { operation: "" }, "NotCreate blocks"],
  ])("%s", (_, request, expected) => {
    expect(scopeLine({ request: { ...factsOf().request, ...request } })).toBe(expected);
  });
});

describe("scopeOf: the pod", () => {
  it.each<[string, Partial<Facts>, string]>([
    ["no class", { pod: podOf({ runtimeClassName: null }), podClass: null }, "NotTarget blocks /spec/runtimeClassName"],
    ["no spec", { pod: {}, podClass: null }, "NotTarget blocks /spec/runtimeClassName"],
    [
      "another class",
      { pod: podOf({ runtimeClassName: "runc" }), podClass: known(classOf("runc")) },
      "NotTarget blocks /spec/runtimeClassName",
    ],
    ["its class not synced", { podClass: unknown("not synced") }, "in target"],
    [
      "the variant",
      { pod: podOf({ runtimeClassName: "thp" }), podClass: known(classOf("thp", { variantOf: "kata-clh" })) },
      "in variant",
    ],
    [
      "label disabled",
      { pod: podOf({}, { labels: { [MODE]: "disabled" } }) },
      "OptedOut blocks /metadata/labels/kata-thp.dev~1mode",
    ],
    ["label enforce", { pod: podOf({}, { labels: { [MODE]: "enforce" } }) }, "in target"],
    ["label in other letters", { pod: podOf({}, { labels: { [MODE]: "Disabled" } }) }, "in target"],
    ["the label as an annotation", { pod: annotated({ [MODE]: "disabled" }) }, "in target"],
    [
      "a mirror pod",
      { pod: annotated({ "kubernetes.io/config.mirror": "" }) },
      "MirrorPod blocks /metadata/annotations",
    ],
    [
      "from a file",
      { pod: annotated({ "kubernetes.io/config.source": "file" }) },
      "MirrorPod blocks /metadata/annotations",
    ],
    ["from the API", { pod: annotated({ "kubernetes.io/config.source": "api" }) }, "in target"],
    [
      "opted out and mirrored",
      { pod: podOf({}, { labels: { [MODE]: "disabled" }, annotations: { "kubernetes.io/config.mirror": "h" } }) },
      "OptedOut blocks /metadata/labels/kata-thp.dev~1mode",
    ],
    // Nothing of a pod that is no target's matters.
    [
      "opted out, another class",
      { pod: podOf({ runtimeClassName: "runc" }, { labels: { [MODE]: "disabled" } }), podClass: null },
      "NotTarget blocks /spec/runtimeClassName",
    ],
  ])("%s", (_, facts, expected) => {
    expect(scopeLine(facts)).toBe(expected);
  });
});

describe("scopeOf: the namespace", () => {
  const NOT_SELECTED = "NamespaceNotSelected blocks /metadata/namespace";
  it.each<[string, Partial<Facts>, string]>([
    ["selected by the API server", { namespaceLabels: null }, "in target"],
    ["enforce", { namespaceLabels: { [MODE]: "enforce" } }, "in target"],
    ["observe", { namespaceLabels: { [MODE]: "observe" } }, "in target"],
    ["disabled", { namespaceLabels: { [MODE]: "disabled" } }, NOT_SELECTED],
    ["no label", { namespaceLabels: { team: "a" } }, NOT_SELECTED],
    ["a mode of nobody's", { namespaceLabels: { [MODE]: "on" } }, NOT_SELECTED],
    ["kube-system", { namespace: "kube-system" }, NOT_SELECTED],
    ["kube-system, labelled", { namespace: "kube-system", namespaceLabels: { [MODE]: "enforce" } }, NOT_SELECTED],
  ])("%s", (_, facts, expected) => {
    expect(scopeLine(facts)).toBe(expected);
  });
});
