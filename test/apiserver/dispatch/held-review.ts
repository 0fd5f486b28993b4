// A review whose body does not come: it takes one of the places for reviews that are under way.
import { request } from "node:https";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { reviewOf } from "../../support/running-server.ts";
import { sampleOf } from "./kube-api.ts";
import type { WebhookProcess } from "./webhook-process.ts";

export interface HeldReview {
  /** Sends the body; resolves when it is answered and its place is free. */
  release(): Promise<void>;
}

/** Resolves when the webhook counts it as under way. */
export async function holdReview(webhook: WebhookProcess): Promise<HeldReview> {
  const body = reviewOf();
  const outgoing = request({
    host: "127.0.0.1",
    port: webhook.port,
    ca: webhook.ca,
    path: "/mutate/enforce",
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
  });
  outgoing.flushHeaders();
  const answered = once(outgoing, "response").then(async ([response]) => text(response as NodeJS.ReadableStream));
  const underWay = async (): Promise<number> => sampleOf(await webhook.metrics(), "kata_thp_reviews_in_flight");
  while ((await underWay()) === 0) await delay(20);
  return {
    async release() {
      outgoing.end(body);
      await answered;
      while ((await underWay()) > 0) await delay(20);
    },
  };
}
