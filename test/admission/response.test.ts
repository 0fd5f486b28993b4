import { describe, expect, it } from "vitest";
import { allowed, toWarnings } from "../../src/admission/response.ts";
import type { AdmissionReview } from "../../src/admission/review.ts";

const REVIEW: AdmissionReview = {
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  uid: "u",
  resourceKind: { group: "", version: "v1", kind: "Pod" },
  subResource: "",
  operation: "CREATE",
  namespace: "team",
  dryRun: false,
  hasPrototypeKey: false,
  object: {},
};

describe("allowed", () => {
  it("has neither patch nor patchType without operations", () => {
    expect(allowed(REVIEW, [], { auditAnnotations: {}, warnings: [] })).toBe(
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"auditAnnotations":{}}}',
    );
  });

  it("has both with operations, and the warnings", () => {
    const operations = [{ op: "remove", path: "/spec/overhead" }] as const;
    expect(allowed(REVIEW, operations, { auditAnnotations: { mode: "enforce" }, warnings: ["w"] })).toBe(
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL3NwZWMvb3ZlcmhlYWQifV0=","auditAnnotations":{"mode":"enforce"},"warnings":["w"]}}',
    );
  });

  it("says version, kind and uid as they were sent", () => {
    const other = { ...REVIEW, apiVersion: "admission.k8s.io/v9", kind: "Review", uid: 'a"\u0000' };
    expect(JSON.parse(allowed(other, [], { auditAnnotations: {}, warnings: [] }))).toEqual({
      apiVersion: "admission.k8s.io/v9",
      kind: "Review",
      response: { uid: 'a"\u0000', allowed: true, auditAnnotations: {} },
    });
  });
});

describe("toWarnings", () => {
  it.each<[string, string[], string[]]>([
    ["nothing", [], []],
    ["as it is", ["a", "ä"], ["a", "ä"]],
    ["control characters", ["a\nb\tc\u0000d\u007fe\u0085f"], ["a b c d e f"]],
    ["of 256 characters", ["x".repeat(256)], ["x".repeat(256)]],
    ["longer", ["x".repeat(257)], [`${"x".repeat(255)}…`]],
    // Runes, as Go counts: an emoji is one.
    ["of 256 runes", ["😀".repeat(256)], ["😀".repeat(256)]],
    ["of 257 runes", ["😀".repeat(257)], [`${"😀".repeat(255)}…`]],
  ])("%s", (_, warnings, expected) => {
    expect(toWarnings(warnings)).toEqual(expected);
  });

  it("stops where the API server would drop the rest", () => {
    const full = Array.from({ length: 20 }, () => "x".repeat(256));
    expect(toWarnings(full)).toHaveLength(16);
    expect(toWarnings([...full.slice(0, 15), "x".repeat(255), "x", "x"])).toHaveLength(17);
    // Cut ones count as they are sent.
    expect(toWarnings(full.map((text) => text.repeat(2)))).toHaveLength(16);
  });
});
