import type { FastifyInstance } from "fastify";
import type { Readiness } from "./readiness.ts";

/** Adds GET /livez (the process answers) and GET /readyz (it should get requests; if not, why not). */
export function addHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  app.get("/livez", async (_request, reply) => await reply.type("text/plain; charset=utf-8").send("ok\n"));
  app.get("/readyz", async (_request, reply) => {
    const reasons = readiness.reasons();
    return await reply
      .code(reasons.length === 0 ? 200 : 503)
      .type("text/plain; charset=utf-8")
      .send(reasons.length === 0 ? "ok\n" : reasons.map((reason) => `not ready: ${reason}\n`).join(""));
  });
}
