// The HTTPS server, built and not listening.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { TlsOptions } from "node:tls";
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { errorFields } from "../telemetry/log.ts";
import { type MinVersion, tlsOptions } from "../tls/options.ts";
import type { CertificateSource } from "../tls/source.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { boundConnections } from "./connection-bound.ts";
import { type ClientGateOptions, createClientGate } from "./client-gate.ts";
import { addHealthRoutes } from "./health-route.ts";
import { watchLoop } from "./loop-watch.ts";
import { addMutateRoutes, mutatePath, type MutateRouteOptions } from "./mutate-route.ts";
import type { Readiness } from "./readiness.ts";
import { refuse } from "./refusal.ts";
import { BODY_LIMIT, BodyRefusal, readBody } from "./request-body.ts";
import { createRequestTime } from "./request-time.ts";

export interface AppOptions extends Omit<MutateRouteOptions, "clientGate" | "isLate"> {
  readonly certificate: CertificateSource;
  /** Default 1.2. */
  readonly minTlsVersion?: MinVersion;
  /** Whose reviews are answered; absent or null: everybody's. */
  readonly clients?: ClientGateOptions | null;
  readonly readiness: Readiness;
  /** How long a request's body may take after its headers, and the client to take the answer; default 15 s each. */
  readonly bodyTimeoutMs?: number;
  /** How long a TLS handshake may take; default 10 s. */
  readonly handshakeTimeoutMs?: number;
}

/**
 * Longer than the API server keeps an idle connection (90 s, apimachinery pkg/util/net/http.go). Ended on our side, one
 * could end just when a review is on its way; a POST is not sent again, and that admission is lost.
 */
const IDLE_MS = 100_000;

/** Long for a body of a few KB from the same cluster; the API server itself gives up after at most 30 s. */
const BODY_TIMEOUT_MS = 15_000;

/** A handshake takes milliseconds; Node would give it two minutes. */
const HANDSHAKE_MS = 10_000;

/** No route has a schema. Without these Fastify loads Ajv and fast-json-stringify at every start; the bundle has neither. */
const noSchemas = (): never => {
  throw new TypeError("a route has a schema, and there is nothing that compiles it");
};

const ALLOWED_METHODS: ReadonlyMap<string, string> = new Map([
  [mutatePath("enforce"), "POST"],
  [mutatePath("observe"), "POST"],
  ["/livez", "GET, HEAD"],
  ["/readyz", "GET, HEAD"],
]);

/** Builds the server. A new pair from `certificate` serves the connections that come after it. */
export function buildApp(options: AppOptions): FastifyInstance<Server> {
  const { certificate, readiness, metrics, minTlsVersion = "1.2", clients = null } = options;
  const tls = (): TlsOptions =>
    tlsOptions(certificate.current(), {
      minVersion: minTlsVersion,
      clientAuthorities: clients?.authority.current().pem ?? null,
    });
  const app = fastify({
    https: {
      ...tls(),
      // Node counts both from a connection's first moment, also where the API server dialled ahead and has nothing to
      // send yet: shorter ones would end those with a 408 in just the race that IDLE_MS avoids.
      headersTimeout: IDLE_MS,
      handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_MS,
      requestTimeout: IDLE_MS,
    },
    keepAliveTimeout: IDLE_MS,
    requestTimeout: IDLE_MS,
    bodyLimit: BODY_LIMIT,
    // A 503 while closing has no Retry-After; run.ts drains first and closes then.
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    logger: false,
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, metrics),
    frameworkErrors: (_error, _request, reply) => {
      void refuse(reply, metrics, 400, "The URL cannot be read.");
    },
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", readBody);

  guardRequests(app.server);
  const requestTime = createRequestTime(options.bodyTimeoutMs ?? BODY_TIMEOUT_MS, metrics);
  app.addHook("onClose", async () => requestTime.close());
  // Hooks take callbacks: a promise for each, in every request, is felt.
  app.addHook("onRequest", (request, reply, done) => {
    requestTime.begin(request, reply);
    if (readiness.isDraining()) reply.header("connection", "close");
    // Here, so that a body that nobody wants is not waited for.
    if (request.is404) refuseRoute(request, reply, options);
    else done();
  });
  app.setErrorHandler(async (error: FastifyError, request, reply) => await answerError(error, request, reply, options));

  const loop = watchLoop((isLate) => {
    if (isLate) options.log.warn("the event loop is late: reviews are sent away for a second until it is not");
    else options.log.info("the event loop is in time again");
  });
  app.addHook("onClose", async () => loop.close());
  app.addHook("onClose", async () => options.book.settle());
  addMutateRoutes(app, {
    ...options,
    isLate: () => loop.isLate(),
    clientGate: clients === null ? null : createClientGate(clients, app.server, metrics),
  });
  addHealthRoutes(app, readiness);

  const renew = (): void => app.server.setSecureContext(tls());
  certificate.onChange(renew);
  clients?.authority.onChange(renew);
  return app;
}

/** Before Fastify makes anything of it: a request that is nobody's any more costs as little as it can. */
function guardRequests(server: Server): void {
  const noteRequest = boundConnections(server);
  const handlers = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (!noteRequest(request.socket, response)) return;
    for (const handle of handlers) handle(request, response);
  });
}

function refuseRoute(request: FastifyRequest, reply: FastifyReply, { metrics }: AppOptions): void {
  const allowed = ALLOWED_METHODS.get(request.url.split("?", 1)[0] ?? "");
  if (allowed === undefined) {
    const paths = [...ALLOWED_METHODS.keys()].join(", ");
    void refuse(reply, metrics, 404, `There is nothing here; the paths are ${paths}.`);
    return;
  }
  reply.header("allow", allowed);
  void refuse(reply, metrics, 405, `The method has to be ${allowed.replace(", ", " or ")}.`);
}

/** What Fastify found wrong before the handler, or what escaped from a handler of ours. */
async function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, log }: AppOptions,
): Promise<FastifyReply> {
  const status = error.statusCode ?? 500;
  if (error instanceof BodyRefusal) {
    // Fastify would close here; the client, still sending, would then see a reset instead of this answer. Node reads
    // the rest and drops it, for as long as the body's time lasts: cheap, but where it is all small pieces.
    if (status === 413) reply.removeHeader("connection");
    return await refuse(reply, metrics, status, error.message);
  }
  if (status >= 400 && status < 500) {
    const isGone = request.raw.destroyed && !request.raw.complete;
    if (isGone) return await reply.code(status).send(); // nobody is left to read it
    return await refuse(reply, metrics, status, "The request's body cannot be read to its end.");
  }
  metrics.internalError();
  log.error({ error: errorFields(error) }, "internal error: a request was answered with 500");
  return await refuse(reply, metrics, 500, "The webhook failed inside; its log says how.");
}
