import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { refuse } from "./refusal.ts";

export interface RequestTime {
  /** The request's headers have come: its body gets its time from here. */
  begin(request: FastifyRequest, reply: FastifyReply): void;
  close(): void;
}

interface UnderWay {
  /** null: its body was there when it was last looked. */
  pending: { readonly request: FastifyRequest; readonly reply: FastifyReply } | null;
  /** The look before which it began. */
  look: number;
}

/** How often it is looked while one body may come; a late one has up to a tenth of its time more. */
const LOOKS = 10;

/**
 * Gives each request's body `timeoutMs`, also where it was answered already and is only read to be dropped. Node's own
 * requestTimeout cannot do it: it also ends connections that have not sent anything yet.
 *
 * One timer looks at all of them: one for each request is made and ended thousands of times a second for nothing.
 */
export function createRequestTime(timeoutMs: number, metrics: Metrics): RequestTime {
  /** The last request of each connection: what comes before it has its body, as bytes come in order. */
  const last = new Map<Socket, UnderWay>();
  let looks = 0;
  const look = (): void => {
    looks += 1;
    for (const underWay of last.values()) {
      const { pending, look: began } = underWay;
      if (pending === null) continue;
      const { request, reply } = pending;
      const isOver = looks - began > LOOKS;
      if (request.raw.complete || isOver) underWay.pending = null;
      if (request.raw.complete || !isOver) continue;
      if (reply.sent) request.raw.destroy();
      else {
        reply.header("connection", "close");
        void refuse(reply, metrics, 408, `The body has to come within ${timeoutMs / 1000} seconds.`);
      }
    }
  };
  const timer = setInterval(look, timeoutMs / LOOKS).unref();
  return {
    begin(request, reply) {
      const { socket } = request.raw;
      const known = last.get(socket);
      if (known !== undefined) {
        known.pending = { request, reply };
        known.look = looks;
        return;
      }
      last.set(socket, { pending: { request, reply }, look: looks });
      socket.once("close", () => last.delete(socket));
    },
    close: () => clearInterval(timer),
  };
}
