// A client as the API server is one, and how long its reviews take.
import { Agent } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { reviewOf } from "../support/running-server.ts";
import type { ServedProcess } from "./served-process.ts";

export interface Served {
  readonly reviews: number;
  /** Not answered with a patch, also after as many attempts as the API server makes within 10 s. */
  readonly failed: number;
  /** 503 with Retry-After, after which it came again. */
  readonly retried: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** client-go tries again ten times at most (rest/with_retry.go). */
const MOST_ATTEMPTS = 11;
/** Each tenth review dials anew, the others are sent on kept connections. */
const NEW_CONNECTION_EVERY = 10;

/** Sends so many reviews on `connections` connections at once; a 503 with Retry-After is sent again as the API server does. */
export async function sendReviews(server: ServedProcess, reviews: number, connections: number): Promise<Served> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const body = reviewOf();
  const tookMs: number[] = [];
  let left = reviews;
  let failed = 0;
  let retried = 0;
  const isPatched = async (isNew: boolean): Promise<boolean> => {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const answer = await server.review(body, isNew ? undefined : agent).catch(() => null);
      if (answer?.status === 200) return answer.body.includes('"patch":');
      if (answer?.status !== 503 || answer.headers["retry-after"] !== "1") return false;
      retried += 1;
      await delay(1_000);
    }
    return false;
  };
  const run = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      if (!(await isPatched(left % NEW_CONNECTION_EVERY === 0))) failed += 1;
      tookMs.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: connections }, run));
  agent.destroy();
  tookMs.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((tookMs[Math.floor((reviews - 1) * share)] ?? 0) * 10) / 10;
  return { reviews, failed, retried, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}
