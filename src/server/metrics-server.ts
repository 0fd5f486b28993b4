import { createServer, type Server } from "node:http";
import type { Metrics } from "../telemetry/metrics.ts";
import { boundConnections } from "./connection-bound.ts";

/** Some scrapers, each with a connection that stays and one that is being made. */
const MOST_CONNECTIONS = 64;

/** Anybody may ask here, so all of this is bounded: headers in size and time, connections, and what is done at once. */
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
};

/** GET /metrics over plain HTTP, on a port of its own: a scraper needs neither our CA nor the webhook's port. */
export function createMetricsServer(metrics: Pick<Metrics, "render">): Server {
  /** Who asks while it is made gets the same: it takes a millisecond and more of the loop that reviews wait for. */
  let rendering: ReturnType<Metrics["render"]> | null = null;
  const render = async (): ReturnType<Metrics["render"]> => {
    try {
      return await metrics.render();
    } finally {
      rendering = null;
    }
  };
  const server = createServer(LIMITS, (request, response) => {
    if (!noteRequest(request.socket, response)) return;
    const path = request.url?.split("?", 1)[0];
    if (path !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is only /metrics here.\n");
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response
        .writeHead(405, { "content-type": "text/plain; charset=utf-8", allow: "GET, HEAD" })
        .end("The method has to be GET or HEAD.\n");
      return;
    }
    rendering ??= render();
    rendering.then(
      ({ contentType, text }) => response.writeHead(200, { "content-type": contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  const noteRequest = boundConnections(server, MOST_CONNECTIONS);
  return server;
}
