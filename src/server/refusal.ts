import type { FastifyReply } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";

/** Answers with an HTTP error and one sentence as text, and counts it. */
export function refuse(reply: FastifyReply, metrics: Metrics, status: number, sentence: string): FastifyReply {
  metrics.requestRefused(status);
  return reply.code(status).type("text/plain; charset=utf-8").send(`${sentence}\n`);
}
