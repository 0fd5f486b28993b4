import fc from "fast-check";
import { expect, it } from "vitest";
import { condenseReview } from "../../src/admission/condense-review.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { MODES } from "../../src/engine/facts.ts";
import { VERSION } from "./call.ts";
import { CLUSTERS, readerOf } from "./cluster-arbitrary.ts";
import { POLICIES } from "./policy-arbitrary.ts";
import { BODIES } from "./review-arbitrary.ts";

/** The same review with a member that condenseReview leaves to JSON.parse, so that it is parsed whole. */
function wholly(body: Buffer): Buffer {
  const at = body.indexOf("{") + 1;
  const isEmpty = /^\s*\}/.test(body.toString("latin1", at));
  return Buffer.concat([body.subarray(0, at), Buffer.from(`"\\u0061":0${isEmpty ? "" : ","}`), body.subarray(at)]);
}

it("answers a review that was read in parts with the same bytes as one that was parsed whole", async () => {
  let condensed = 0;
  await fc.assert(
    fc.asyncProperty(BODIES, POLICIES, CLUSTERS, fc.constantFrom(...MODES), async (body, policy, cluster, mode) => {
      fc.pre(body.toString("latin1").trimStart().startsWith("{"));
      const deps = { reader: readerOf(cluster), policy, version: VERSION };
      const whole = wholly(body);
      expect(condenseReview([whole])).toBeNull();
      if (condenseReview([body]) !== null) condensed += 1;
      expect(await mutate([body], mode, 10_000, deps)).toEqual(await mutate([whole], mode, 10_000, deps));
    }),
    { numRuns: 1500 },
  );
  expect(condensed).toBeGreaterThan(500);
});
