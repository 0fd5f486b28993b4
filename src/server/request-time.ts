import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { refuse } from "./refusal.ts";

export interface RequestTime {
  /** The request's headers have come: its body gets its time from here. */
  begin(request: FastifyRequest, reply: FastifyReply): void;
  close(): void;
}

/** What is waited for: the body, the rest of one that was answered already, us, or that the answer, and those before it, go out. */
type Waiting = "body" | "rest of body" | "decision" | "answer";

interface UnderWay {
  /** null: its answer was taken when it was last looked. */
  pending: { readonly request: FastifyRequest; readonly reply: FastifyReply } | null;
  waiting: Waiting;
  /** The look before which that began. */
  look: number;
}

/** How often it is looked while one body may come; a late one has up to a tenth of its time more. */
const LOOKS = 10;

/**
 * Gives each request's body `timeoutMs`, also where it was answered already and is only read to be dropped, and its answer
 * as much. Node's own requestTimeout cannot do it: it also ends connections that have not sent anything yet. And it has
 * none for answers: a client that reads nothing would keep its connection for ever; so would many that were reset, of
 * which Node (24.21) loses the end while an answer is being written. `test/faults/hostile-clients.test.ts` has both.
 *
 * One timer looks at all of them: one for each request is made and ended thousands of times a second for nothing.
 */
export function createRequestTime(timeoutMs: number, metrics: Metrics): RequestTime {
  /** The last request of each connection: what comes before it has its body, and its answer goes out before. */
  const last = new Map<Socket, UnderWay>();
  let looks = 0;
  const look = (): void => {
    looks += 1;
    for (const [socket, underWay] of last) {
      const { pending } = underWay;
      if (pending === null) continue;
      const waiting = waitingFor(pending.request, pending.reply);
      if (waiting === null) underWay.pending = null;
      if (waiting === "answer" && underWay.waiting !== "answer") underWay.look = looks;
      if (waiting !== null) underWay.waiting = waiting;
      if (looks - underWay.look <= LOOKS) continue;
      if (waiting === "answer") socket.destroy();
      else if (waiting === "rest of body") pending.request.raw.destroy();
      else if (waiting === "body") {
        pending.reply.header("connection", "close");
        void refuse(pending.reply, metrics, 408, `The body has to come within ${timeoutMs / 1000} seconds.`);
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
        known.waiting = "body";
        known.look = looks;
        return;
      }
      last.set(socket, { pending: { request, reply }, waiting: "body", look: looks });
      socket.once("close", () => last.delete(socket));
    },
    close: () => clearInterval(timer),
  };
}

/** null: nothing, its answer has gone out. */
function waitingFor({ raw: request }: FastifyRequest, { raw: response }: FastifyReply): Waiting | null {
  if (!request.complete) return response.writableEnded ? "rest of body" : "body";
  if (!response.writableEnded) return "decision";
  return response.writableFinished ? null : "answer";
}
