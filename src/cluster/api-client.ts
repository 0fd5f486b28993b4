// GETs to the API server, on node:https: client-node's own fetch opens a TLS connection for every request, and its Watch
// swallows what it cannot parse and has one fixed timeout of 30 s.
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { ApiConnection, ApiCredentials } from "./api-connection.ts";
import { rejectWithoutAnswer } from "./no-answer.ts";

export interface ApiClient {
  /**
   * GETs a path with its query. Resolves once the headers are there; the body is the caller's to read to its end or to
   * destroy. Rejects where there is no answer, and with the signal's reason when that aborts, which also ends the body.
   */
  get(path: string, signal: AbortSignal): Promise<ApiResponse>;
  /** Closes idle connections; requests under way end by their own signals. */
  close(): void;
}

export interface ApiResponse {
  readonly status: number;
  /** Retry-After in milliseconds; null where the answer has none. */
  readonly retryAfterMs: number | null;
  readonly body: IncomingMessage;
}

export interface ApiClientOptions {
  readonly connection: ApiConnection;
  /** What the API server's audit log calls us, as in kata-thp-webhook/1.0.0. */
  readonly userAgent: string;
  /** More requests than these wait for one to end. */
  readonly maxConnections: number;
}

/** The API server closes what was idle for 90 s (apiserver pkg/server/secure_serving.go); we do so before. */
const IDLE_MS = 60_000;
/** As client-go: shorter than the idle timeout of the load balancers that stand before API servers. */
const TCP_KEEPALIVE_MS = 30_000;

export function createApiClient({ connection, userAgent, maxConnections }: ApiClientOptions): ApiClient {
  const { server } = connection;
  const transport = server.protocol === "http:" ? http : https;
  const agent = new transport.Agent({
    keepAlive: true,
    keepAliveMsecs: TCP_KEEPALIVE_MS,
    maxSockets: maxConnections,
    timeout: IDLE_MS,
    scheduling: "lifo",
  });
  const prefix = server.pathname.replace(/\/$/, "");

  const send = (path: string, credentials: ApiCredentials, signal: AbortSignal): Promise<ApiResponse> =>
    new Promise((resolve, reject) => {
      const request = transport.request({
        agent,
        ...credentials,
        host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: server.port,
        path: prefix + path,
        headers: { ...credentials.headers, accept: "application/json", "user-agent": userAgent },
      });
      let body: IncomingMessage | null = null;
      const abort = (): void => {
        const reason = signal.reason as Error;
        // A request that still waits for a connection reports nothing when it is destroyed.
        reject(reason);
        (body ?? request).destroy(reason);
      };
      signal.addEventListener("abort", abort);
      request.once("close", () => signal.removeEventListener("abort", abort));
      request.once("response", (response) => {
        body = response;
        resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfterMs(response), body: response });
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection at the moment we took it: nothing was processed, and a GET may be repeated.
        const isStale = request.reusedSocket && error.code === "ECONNRESET" && body === null && !signal.aborted;
        if (isStale) resolve(send(path, credentials, signal));
        else reject(error);
      });
      rejectWithoutAnswer(request, reject);
      request.end();
    });

  return {
    async get(path, signal) {
      signal.throwIfAborted();
      const credentials = await orAborted(connection.credentials(), signal);
      // An abort from before now is told to no listener any more.
      signal.throwIfAborted();
      return send(path, credentials, signal);
    },
    close: () => agent.destroy(),
  };
}

/** A credential plugin of a kubeconfig may hang; the request's deadline holds for it too. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The API server only ever sends seconds. */
function retryAfterMs({ headers }: IncomingMessage): number | null {
  const seconds = headers["retry-after"];
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : null;
}
