// What cannot be answered as a review is refused with one sentence.
import { describe, expect, it } from "vitest";
import { answerTo, ELIGIBLE, reviewOf } from "./review-body.ts";

const NOT_JSON = "The body is not JSON: send an AdmissionReview as application/json.";
const NO_OBJECT = "The body is not an AdmissionReview: it has to be a JSON object.";
const KIND = "kind has to be AdmissionReview.";
const VERSION = "apiVersion has to be admission.k8s.io/v1.";
const V1BETA1 =
  "apiVersion admission.k8s.io/v1beta1 is not served: set admissionReviewVersions to [v1] in the webhook configuration.";
const REQUEST = "request is missing: an AdmissionReview that is sent has to have one.";
const LONG_UID = "request.uid has 257 characters; at most 256 are answered.";
const NO_UID = "request.uid is missing: without it nothing can be answered.";

describe("mutate: a body that is no review", () => {
  it.each<[string, string | Buffer, string]>([
    ["empty", "", NOT_JSON],
    ["space", " \n", NOT_JSON],
    ["not JSON", "pod", NOT_JSON],
    ["YAML", "kind: AdmissionReview", NOT_JSON],
    ["half a review", reviewOf(ELIGIBLE).slice(0, -1), NOT_JSON],
    ["two reviews", `${reviewOf(ELIGIBLE)}${reviewOf(ELIGIBLE)}`, NOT_JSON],
    ["a byte order mark", `\ufeff${reviewOf(ELIGIBLE)}`, NOT_JSON],
    ["UTF-16", Buffer.from(reviewOf(ELIGIBLE), "utf16le"), NOT_JSON],
    ["bytes of nothing", Buffer.from([0xff, 0xfe, 0x00, 0x80]), NOT_JSON],
    ["null", "null", NO_OBJECT],
    ["a list", "[]", NO_OBJECT],
    ["a list with a review", `[${reviewOf(ELIGIBLE)}]`, NO_OBJECT],
    ["text", '"AdmissionReview"', NO_OBJECT],
    ["a number", "1", NO_OBJECT],
    ["an empty object", "{}", KIND],
    ["a pod", JSON.stringify({ apiVersion: "v1", kind: "Pod" }), KIND],
    ["another kind", reviewOf(ELIGIBLE, {}, { kind: "ConversionReview" }), KIND],
    ["a kind in other letters", reviewOf(ELIGIBLE, {}, { kind: "admissionreview" }), KIND],
    ["v1beta1", reviewOf(ELIGIBLE, {}, { apiVersion: "admission.k8s.io/v1beta1" }), V1BETA1],
    ["v2", reviewOf(ELIGIBLE, {}, { apiVersion: "admission.k8s.io/v2" }), VERSION],
    ["another group", reviewOf(ELIGIBLE, {}, { apiVersion: "v1" }), VERSION],
    ["no version", reviewOf(ELIGIBLE, {}, { apiVersion: undefined }), VERSION],
    ["no request", reviewOf(ELIGIBLE, {}, { request: undefined }), REQUEST],
    ["a null request", reviewOf(ELIGIBLE, {}, { request: null }), REQUEST],
    ["a list for a request", reviewOf(ELIGIBLE, {}, { request: [] }), REQUEST],
    [
      "only a response",
      reviewOf(ELIGIBLE, {}, { request: undefined, response: { uid: "x", allowed: false } }),
      REQUEST,
    ],
    ["no uid", reviewOf(ELIGIBLE, { uid: undefined }), NO_UID],
    ["a long uid", reviewOf(ELIGIBLE, { uid: "x".repeat(257) }), LONG_UID],
    ["an empty uid", reviewOf(ELIGIBLE, { uid: "" }), NO_UID],
    ["a number for a uid", reviewOf(ELIGIBLE, { uid: 7 }), NO_UID],
    [
      "a uid behind __proto__",
      `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"__proto__":{"uid":"x"}}}`,
      NO_UID,
    ],
    ["100,000 lists", "[".repeat(100_000), NOT_JSON],
    ["100,000 lists, closed", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, NO_OBJECT],
  ])("%s", async (_, body, sentence) => {
    expect(await answerTo(body)).toEqual({
      status: 400,
      body: sentence,
      uid: null,
      namespace: null,
      dryRun: false,
      runtimeClass: null,
      decision: null,
      error: null,
    });
  });

  it("repeats nothing of what was sent", async () => {
    const marker = "marker-4711";
    for (const body of [
      marker,
      JSON.stringify(marker),
      reviewOf(ELIGIBLE, {}, { kind: marker }),
      reviewOf(ELIGIBLE, {}, { apiVersion: `admission.k8s.io/${marker}` }),
      reviewOf(ELIGIBLE, { uid: { marker } }),
    ]) {
      expect((await answerTo(body)).body).not.toContain(marker);
    }
  });
});
