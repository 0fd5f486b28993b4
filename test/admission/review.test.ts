import { describe, expect, it } from "vitest";
import { type AdmissionReview, hasPrototypeKey, parseReview } from "../../src/admission/review.ts";
import { reviewOf, UID } from "./review-body.ts";

function parsed(body: string): AdmissionReview | null {
  const result = parseReview([Buffer.from(body)]);
  return result.kind === "review" ? result.review : null;
}

describe("parseReview", () => {
  it("reads what is looked at, and keeps of the object what decisions look at, unread", () => {
    const object = { metadata: { labels: [1], managedFields: [{}] }, spec: { containers: [{ name: 1, env: [{}] }] } };
    expect(parsed(reviewOf({ ...object, status: {} }, { subResource: "exec", dryRun: true }))).toEqual({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      uid: UID,
      resourceKind: { group: "", version: "v1", kind: "Pod" },
      subResource: "exec",
      operation: "CREATE",
      namespace: "team",
      dryRun: true,
      object: { metadata: { labels: [1] }, spec: { containers: [{ name: 1, env: [{}] }] } },
      hasPrototypeKey: false,
    });
  });

  it.each([
    ["condensed", {}],
    ["parsed whole", { "\\u0061": 1 }],
  ])("reads a body in pieces, %s", (_, status) => {
    const text = reviewOf({ metadata: { labels: { name: "\u00e4\u{1f600}" } }, status }).replaceAll("\\\\u", "\\u");
    const body = Buffer.from(text);
    const whole = parseReview([body]);
    expect(whole).toMatchObject({ review: { object: { metadata: { labels: { name: "\u00e4\u{1f600}" } } } } });
    for (let cut = 0; cut <= body.length; cut += 1) {
      expect(parseReview([body.subarray(0, cut), body.subarray(cut)])).toEqual(whole);
    }
  });

  it.each([
    ["only a uid", {}],
    ["every field of another type", { kind: [], subResource: 1, operation: null, namespace: {}, dryRun: "true" }],
    ["a kind of other types", { kind: { group: 1, version: null, kind: [] } }],
  ])("is a review with %s", (_, fields) => {
    const body = JSON.stringify({
      kind: "AdmissionReview",
      apiVersion: "admission.k8s.io/v1",
      request: { uid: "u", ...fields },
    });
    expect(parsed(body)).toEqual({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      uid: "u",
      resourceKind: { group: "", version: "", kind: "" },
      subResource: "",
      operation: "",
      namespace: "",
      dryRun: false,
      object: null,
      hasPrototypeKey: false,
    });
  });
});

describe("hasPrototypeKey", () => {
  it.each([
    ["null", "null", false],
    ["text", '"__proto__"', false],
    ["a list", '["__proto__"]', false],
    ["at the top", '{"__proto__":1}', true],
    ["in a list", '[0,[{"__proto__":1}]]', true],
    ["after many others", '{"a":{"b":[1,2,{"c":{"__proto__":{}}}]},"d":1}', true],
    ["a name that only looks like it", '{"__proto":1,"_proto__":1,"proto":1}', false],
    ["constructor", '{"constructor":{}}', false],
    ["constructor that is text", '{"constructor":"x"}', false],
    ["constructor.prototype", '{"constructor":{"prototype":1}}', true],
    ["prototype alone", '{"prototype":{"constructor":1}}', false],
  ])("%s: %s", (_, text, expected) => {
    expect(hasPrototypeKey(JSON.parse(text))).toBe(expected);
  });
});
