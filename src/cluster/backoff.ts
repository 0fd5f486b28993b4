// How long to wait after an attempt that failed.
import type { Failure } from "./api-answer.ts";

const FIRST_MS = 500;
/** Nobody is bothered by a connection that is refused, so who waits for a restart of the API server is back soon after. */
const MOST_UNREACHABLE_MS = 5_000;
const MOST_MS = 30_000;
/** A right is given by a person; but the API server also answers 403 for a moment when it starts, before RBAC is read. */
const MOST_FORBIDDEN_MS = 60_000;

/**
 * Full jitter: anything between nothing and a bound that doubles with every failure before this one, so that replicas
 * do not come back all at once (Brooker, "Exponential Backoff And Jitter"). What the server asks for is the least.
 * `random` is in [0, 1).
 */
export function backoffMs(failuresBefore: number, failure: Failure, random: () => number): number {
  const most =
    failure.kind === "forbidden"
      ? MOST_FORBIDDEN_MS
      : failure.kind === "failed" && failure.isUnreachable
        ? MOST_UNREACHABLE_MS
        : MOST_MS;
  // 2^16 times the first bound is far above any of them; the exponent itself must not grow for ever.
  const jittered = random() * Math.min(most, FIRST_MS * 2 ** Math.min(failuresBefore, 16));
  const asked = failure.kind === "failed" ? (failure.retryAfterMs ?? 0) : 0;
  return Math.max(jittered, Math.min(asked, MOST_MS));
}
