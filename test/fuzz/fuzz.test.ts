// Some seconds of what run.ts does for as long as one likes, and every input that ever broke something.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FILES } from "./file-targets.ts";
import { regressionsOf } from "./fuzz-target.ts";
import { REVIEWS } from "./review-target.ts";

/** A few hundred for each: the rest is for `npm run fuzz`. */
const RUNS = 300;

describe.each([REVIEWS, ...FILES])("$name", (target) => {
  it("holds for inputs that nobody has thought of", async () => {
    await fc.assert(
      fc.asyncProperty(target.inputs, async (input) => await target.check(input)),
      { numRuns: RUNS },
    );
  }, 60_000);

  it("holds for every input that is kept", async () => {
    for (const { file, input } of regressionsOf(target)) {
      await expect(target.check(input), file).resolves.toBeUndefined();
    }
  });
});
