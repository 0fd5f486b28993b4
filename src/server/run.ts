// A server's life: listen, serve, and on a signal leave without losing an admission.
import type { EventEmitter } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { errorFields, type Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { listen } from "./listen.ts";
import type { Readiness } from "./readiness.ts";

export interface RunOptions {
  readonly app: FastifyInstance<HttpsServer>;
  readonly metricsServer: HttpServer;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Log;
  /** null: every address of the host. */
  readonly host: string | null;
  readonly port: number;
  readonly metricsPort: number;
  /** How long requests are still served once a signal said to end; the endpoints' removal has to spread meanwhile. */
  readonly drainDelayMs: number;
  /** Called once, when both servers listen. */
  readonly onListening: (https: AddressInfo, metrics: AddressInfo) => void | Promise<void>;
  /** Where signals and uncaught errors come from: `process`. */
  readonly events: EventEmitter;
  /** How long what is under way gets after the drain, before all connections are cut; default 15 s. */
  readonly closeMs?: number;
  /** A clock that only goes forward, in milliseconds: `performance.now`. */
  readonly clockMs: () => number;
  /** Ends the process at once: `process.exit`. */
  readonly exit: (code: number) => void;
}

/** What remains under way after the drain gets as long as a body may take; both fit in a pod's 30 s of grace. */
const CLOSE_MS = 15_000;
/** A terminal's Ctrl-C reaches the process itself and, through the launcher, once more: that is one signal. */
const SAME_SIGNAL_MS = 500;

interface Stop {
  readonly code: number;
  readonly why: string;
}

/**
 * Serves until SIGTERM, SIGINT or an error that nobody caught. Then: not ready, go on serving with `Connection: close`
 * for the drain delay, close, end.
 *
 * @returns the exit code: 0 after a signal, 1 after an error, 2 where a port could not be had
 */
export async function run(options: RunOptions): Promise<number> {
  const { app, metricsServer, readiness, log, host } = options;
  const stop = Promise.withResolvers<Stop>();
  const servers = [app.server, metricsServer].map((server) => ({ server, sockets: socketsOf(server) }));
  const unsubscribe = subscribe(options, stop.resolve);
  try {
    await app.ready();
    const https = await listen(app.server, options.port, host);
    const metrics = https.kind === "refused" ? https : await listen(metricsServer, options.metricsPort, host);
    if (https.kind === "refused" || metrics.kind === "refused") {
      log.fatal(https.kind === "refused" ? https.why : metrics.kind === "refused" ? metrics.why : "");
      return 2;
    }
    log.info({ port: https.address.port, metricsPort: metrics.address.port }, "listening");
    await options.onListening(https.address, metrics.address);

    const { code, why } = await stop.promise;
    readiness.startDraining();
    log.info({ why, drainDelayMs: options.drainDelayMs }, "draining: requests are still served");
    await delay(options.drainDelayMs);
    return code;
  } finally {
    await Promise.all(servers.map(async (each) => await closeServer(each, options.closeMs ?? CLOSE_MS)));
    await app.close();
    unsubscribe();
    log.info("closed");
  }
}

function subscribe({ events, exit, log, metrics, clockMs }: RunOptions, stop: (stop: Stop) => void): () => void {
  let firstAt: number | null = null;
  const onSignal = (signal: string): void => {
    const now = clockMs();
    if (firstAt === null) {
      firstAt = now;
      stop({ code: 0, why: signal });
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      log.warn({ why: signal }, "ending at once: this was the second signal");
      exit(1);
    }
  };
  const onError = (error: unknown): void => {
    // Whatever state it left behind, the process that replaces this one has not.
    metrics.internalError();
    log.fatal({ error: errorFields(error) }, "uncaught error: draining and ending");
    stop({ code: 1, why: "an uncaught error" });
  };
  const listeners = [
    ["SIGTERM", onSignal],
    ["SIGINT", onSignal],
    ["uncaughtException", onError],
    ["unhandledRejection", onError],
  ] as const;
  for (const [name, listener] of listeners) events.on(name, listener);
  return () => {
    for (const [name, listener] of listeners) events.off(name, listener);
  };
}

/** Stops listening, ends idle connections, waits for what is under way, and cuts what takes too long. */
async function closeServer({ server, sockets }: ServerWithSockets, closeMs: number): Promise<void> {
  if (!isListening(server)) return;
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, closeMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cut);
}

interface ServerWithSockets {
  readonly server: HttpServer | HttpsServer;
  readonly sockets: ReadonlySet<Socket>;
}

/** Also those that are not HTTP's yet: closeAllConnections does not know a connection in its handshake. */
function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

function isListening(server: Server): boolean {
  return server.listening;
}
