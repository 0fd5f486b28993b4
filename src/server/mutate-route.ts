import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { mutate, type Mutation } from "../admission/mutate.ts";
import type { ClusterReader } from "../cluster/reader.ts";
import { type Mode, MODES } from "../engine/facts.ts";
import type { PolicySource } from "../policy/policy-file.ts";
import { errorFields, type Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ReviewBook } from "../telemetry/review-book.ts";
import type { ClientGate } from "./client-gate.ts";
import { parseGoDuration } from "./go-duration.ts";
import { refuse } from "./refusal.ts";
import { BODY_LIMIT, bodyOf } from "./request-body.ts";
import { createPlaces, type Place } from "./review-places.ts";
import { createReviewTurn } from "./review-turn.ts";

export interface MutateRouteOptions {
  readonly policy: PolicySource;
  readonly reader: ClusterReader;
  readonly version: string;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly book: ReviewBook;
  /** Reviews that may be under way at once; one more is sent away before its body is read. */
  readonly maxInFlight: number;
  /** Whether the event loop is so late that reviews are sent away until it is not. */
  readonly isLate: () => boolean;
  /** Asked first for each review; null: every client may send some. */
  readonly clientGate: ClientGate | null;
}

/** The path says the mode: the webhook configuration has one entry for each, with its own namespaceSelector. */
export function mutatePath(mode: Mode): string {
  return `/mutate/${mode}`;
}

/** As the API server sends it; the charset that some clients add is what JSON is in anyway. */
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/** With the charset, which Fastify would add to each. */
const ANSWER_TYPE = "application/json; charset=utf-8";

/** What a request that has a place is known by; null before it has one. */
interface ReviewUnderWay {
  readonly place: Place;
  readonly startedAtMs: number;
}

declare module "fastify" {
  interface FastifyRequest {
    review: ReviewUnderWay | null;
  }
}

/** Adds POST /mutate/enforce and /mutate/observe. The body comes from request-body.ts. */
export function addMutateRoutes(app: FastifyInstance, options: MutateRouteOptions): void {
  const { metrics, maxInFlight, isLate, clientGate } = options;
  const places = createPlaces({ most: maxInFlight });
  metrics.reviewsInFlight(() => places.taken());
  const myTurn = createReviewTurn();
  app.decorateRequest("review", null);

  /** Gives the review a place, or answers. */
  const admit = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const problem = typeProblem(request);
    if (problem !== null) {
      void refuse(reply, metrics, 415, problem);
      return;
    }
    const place = isLate() ? null : places.enter(announcedBytes(request), () => giveUp(reply, metrics));
    if (place === null) {
      // With Retry-After the API server tries again inside its timeout, without it not (client-go with_retry.go).
      reply.header("retry-after", "1");
      void refuse(reply, metrics, 503, "Too many reviews are under way: try again in a second.");
      return;
    }
    request.review = { place, startedAtMs: performance.now() };
    // Where it is refused, or its client goes away. An answer that is not taken holds no place: see the handler.
    reply.raw.on("close", () => place.leave());
    done();
  };

  for (const mode of MODES) {
    app.route({
      method: "POST",
      url: mutatePath(mode),
      onRequest: (request, reply, done) => {
        const refused = clientGate?.(request, reply) ?? null;
        if (refused === null) admit(request, reply, done);
        else refused.catch(done);
      },
      handler: async (request, reply) => {
        const { review } = request;
        if (reply.sent || review === null) return reply; // the body came to its end just after its time was over
        review.place.bodyCame();
        const turn = myTurn(request.raw.socket);
        if (turn !== null) await turn;
        if (reply.sent) return reply;
        const mutation = await mutate(bodyOf(request), mode, timeoutOf(request), {
          reader: options.reader,
          policy: options.policy.current(),
          version: options.version,
        });
        // Now, and not when the answer has gone out: that is the client's affair, and after a reset may never be.
        review.place.leave();
        record(mutation, mode, performance.now() - review.startedAtMs, options);
        if (reply.sent) return reply;
        if (mutation.status !== 200) return await refuse(reply, metrics, mutation.status, mutation.body);
        reply.header("content-type", ANSWER_TYPE);
        return mutation.body;
      },
    });
  }
}

function record(mutation: Mutation, mode: Mode, durationMs: number, { metrics, log, book }: MutateRouteOptions): void {
  const { status, decision, uid, namespace, dryRun, runtimeClass, error } = mutation;
  book.add({ atMs: Date.now(), uid, namespace, mode, dryRun, runtimeClass, decision, status, durationMs });
  if (error === null) return;
  book.settle(); // the line before this one is then the review's own
  metrics.internalError();
  log.error({ uid, error: errorFields(error) }, "internal error: the pod passed unpatched");
}

/** What the body may take; where it does not say, or has more than is read, as much as is read. */
function announcedBytes({ headers }: FastifyRequest): number {
  const announced = Number(headers["content-length"] ?? Number.NaN);
  return announced <= BODY_LIMIT ? announced : BODY_LIMIT;
}

/** The body has not come for a second, and somebody else needs the place. */
function giveUp(reply: FastifyReply, metrics: Metrics): void {
  if (reply.sent) return;
  reply.header("connection", "close");
  void refuse(reply, metrics, 408, "The body was slow while other reviews waited.");
}

function typeProblem({ headers }: FastifyRequest): string | null {
  const type = headers["content-type"];
  if (type === undefined || !JSON_TYPE.test(type)) return "The content type has to be application/json.";
  const encoding = headers["content-encoding"];
  return encoding === undefined || encoding === "identity" ? null : "The body has to come without content-encoding.";
}

/** The API server's own patience: it adds `?timeout=10s` to each call. */
function timeoutOf({ query }: FastifyRequest): number | null {
  const { timeout } = query as { readonly timeout?: unknown };
  return typeof timeout === "string" ? parseGoDuration(timeout) : null;
}
