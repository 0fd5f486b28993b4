import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Metrics } from "../telemetry/metrics.ts";

/** What HTTP's parser says, and its clock. All else is said of a connection that is not, or no longer, one of TLS. */
const ANSWERED = /^(?:HPE_|ERR_HTTP_REQUEST_TIMEOUT$)/;

/** Answers what is no HTTP request, or none that came in time, and ends the connection. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Duplex, metrics: Metrics): void {
  // The client went away.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, sentence] = brokenBy(error.code);
  metrics.requestRefused(status);
  if (!ANSWERED.test(error.code ?? "")) {
    // An answer would wait for a handshake that never comes, and the connection with it.
    socket.destroy();
    return;
  }
  const body = `${sentence}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function brokenBy(code: string | undefined): readonly [number, string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request did not come in time."];
  if (code === "HPE_HEADER_OVERFLOW") return [431, "The request's headers are too large."];
  return [400, "This is not an HTTP/1.1 request."];
}
