import { createServer, type Server } from "node:http";
import type { Metrics } from "../telemetry/metrics.ts";

/** GET /metrics over plain HTTP, on a port of its own: a scraper needs neither our CA nor the webhook's port. */
export function createMetricsServer(metrics: Metrics): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
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
    metrics.render().then(
      ({ contentType, text }) => response.writeHead(200, { "content-type": contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}
