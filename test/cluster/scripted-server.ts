// A server that answers as no API server can be made to: each test says how.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiConnection } from "../../src/cluster/api-connection.ts";

export interface ScriptedServer {
  readonly connection: ApiConnection;
  /** Path and query of every request until now. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** `answer` is called for each request with its path and query. */
export async function startScriptedServer(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    answer(path, response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    connection: { server: new URL(`http://127.0.0.1:${port}`), credentials: async () => ({}) },
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Ends a response with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A list's page, as the API server writes it. */
export function listOf(names: readonly string[], metadata: object): object {
  return { metadata, items: names.map((name) => ({ metadata: { name, resourceVersion: "1" }, handler: "h" })) };
}
