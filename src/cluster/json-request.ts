// One request with JSON both ways, over a connection of its own: what is written is never sent twice by a retry of a
// connection that was closed under it.
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Failure } from "./api-answer.ts";
import { malformed, toFailure, unreachable } from "./api-answer.ts";
import type { ApiConnection } from "./api-connection.ts";
import { rejectWithoutAnswer } from "./no-answer.ts";
import { readText } from "./response-body.ts";

export interface JsonRequest {
  readonly method: "GET" | "PUT" | "PATCH";
  /** With its query. */
  readonly path: string;
  /** null: no body. */
  readonly body: { readonly contentType: string; readonly value: unknown } | null;
  readonly timeoutMs: number;
}

export type JsonAnswer =
  | {
      readonly kind: "ok";
      readonly value: unknown;
      /** The server's clock, milliseconds since 1970, to the second; null where it does not say. */
      readonly serverTime: number | null;
    }
  | {
      readonly kind: "refused";
      /** The HTTP status; 0: no answer. */
      readonly status: number;
      readonly failure: Failure;
      readonly serverTime: number | null;
    };

/** A Secret or a webhook configuration is at most 1.5 MiB in etcd. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

/** Sends it; never rejects. */
export async function requestJson(
  connection: ApiConnection,
  userAgent: string,
  request: JsonRequest,
): Promise<JsonAnswer> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await send(connection, userAgent, request, signal);
    const status = response.statusCode ?? 0;
    const serverTime = toTime(response.headers.date);
    if (status < 200 || status > 299) {
      return {
        kind: "refused",
        status,
        failure: await toFailure({ status, retryAfterMs: null, body: response }),
        serverTime,
      };
    }
    const text = await readText(response, LONGEST_ANSWER);
    try {
      return { kind: "ok", value: JSON.parse(text), serverTime };
    } catch {
      return { kind: "refused", status, failure: malformed("the answer is not JSON"), serverTime };
    }
  } catch (error) {
    const why = signal.aborted ? new Error(`no answer within ${request.timeoutMs} ms`) : error;
    return { kind: "refused", status: 0, failure: unreachable(why), serverTime: null };
  }
}

async function send(
  connection: ApiConnection,
  userAgent: string,
  { method, path, body }: JsonRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { server } = connection;
  // A credential plugin of a kubeconfig may hang.
  const own = await Promise.race([connection.credentials(), rejectedBy(signal)]);
  const payload = body === null ? null : Buffer.from(JSON.stringify(body.value));
  const transport = server.protocol === "http:" ? http : https;
  return await new Promise((resolve, reject) => {
    const request = transport.request({
      agent: false,
      ...own,
      signal,
      method,
      host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: server.port,
      path: server.pathname.replace(/\/$/, "") + path,
      headers: {
        ...own.headers,
        accept: "application/json",
        "user-agent": userAgent,
        ...(body === null || payload === null
          ? {}
          : { "content-type": body.contentType, "content-length": payload.length }),
      },
    });
    request.once("response", resolve);
    request.once("error", reject);
    rejectWithoutAnswer(request, reject);
    request.end(payload ?? undefined);
  });
}

async function rejectedBy(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

function toTime(date: string | undefined): number | null {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? null : time;
}
