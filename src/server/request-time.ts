import type { FastifyReply, FastifyRequest } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { refuse } from "./refusal.ts";

/**
 * Gives the request's body `timeoutMs` from here, also where it was answered already and is only read to be dropped.
 * Node's own requestTimeout cannot do it: it also ends connections that have not sent anything yet.
 */
export function boundRequestTime(
  request: FastifyRequest,
  reply: FastifyReply,
  timeoutMs: number,
  metrics: Metrics,
): void {
  const { raw } = request;
  const timer = setTimeout(() => {
    if (raw.complete) return;
    if (reply.sent) {
      raw.destroy();
      return;
    }
    reply.header("connection", "close");
    void refuse(reply, metrics, 408, `The body has to come within ${timeoutMs / 1000} seconds.`);
  }, timeoutMs);
  timer.unref();
  const stop = (): void => clearTimeout(timer);
  raw.once("end", stop);
  raw.once("close", stop);
}
