// What reading a review costs, alone: `node bench/read-review.ts`. docs/adr/0008-condensed-reviews.md has the figures.
import { readFileSync } from "node:fs";
import { condenseReview } from "../src/admission/condense-review.ts";
import { hasPrototypeKey, parseReview } from "../src/admission/review.ts";

const ROUNDS = 9;
const WARM_UP_MS = 300;
const ROUND_MS = 200;

/** The least CPU of all rounds for one call, in µs: what else runs on the machine can only add to it. */
function leastMicros(call: () => unknown): number {
  const until = performance.now() + WARM_UP_MS;
  while (performance.now() < until) call();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const end = performance.now() + ROUND_MS;
    const before = process.cpuUsage();
    let calls = 0;
    for (; performance.now() < end; calls += 1) call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  });
  return Math.min(...rounds);
}

for (const name of ["pod-6k", "pod-60k"]) {
  const body = readFileSync(new URL(`reviews/${name}.json`, import.meta.url));
  const whole = (): unknown => {
    const value = JSON.parse(body.toString("utf8")) as { readonly request: { readonly object: unknown } };
    return hasPrototypeKey(value.request.object);
  };
  const [parse, checked, condense, read] = [
    leastMicros(() => JSON.parse(body.toString("utf8"))),
    leastMicros(whole),
    leastMicros(() => condenseReview([body])),
    leastMicros(() => parseReview([body])),
  ];
  const kept = condenseReview([body])?.length ?? body.length;
  console.log(
    `${name}: ${body.length} bytes, ${kept} kept; JSON.parse ${parse.toFixed(1)} µs, and looked through for prototypes ` +
      `${checked.toFixed(1)} µs; condensed ${condense.toFixed(1)} µs, and read ${read.toFixed(1)} µs`,
  );
}
