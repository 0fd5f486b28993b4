// Writes to the API server as tests need it, over the same kubeconfig reading as the product.
import { Agent, request } from "node:https";
import { openConnection } from "../../src/cluster/api-connection.ts";

export interface ApiWriter {
  /** Sends JSON and resolves with the answer's; rejects with what the API server says where that is no 2xx. */
  send(method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT", path: string, body?: unknown): Promise<unknown>;
  close(): void;
}

/** `maxConnections`: how many requests are under way at once. */
export async function openApiWriter(kubeconfig: string, maxConnections = 4): Promise<ApiWriter> {
  const opened = await openConnection({ kubeconfig, context: null, env: {} });
  if (opened.kind === "refused") throw new Error(opened.why);
  const { connection } = opened;
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections });
  return {
    async send(method, path, body) {
      const options = await connection.credentials();
      const text = body === undefined ? "" : JSON.stringify(body);
      const { status, answer } = await new Promise<{ status: number; answer: string }>((resolve, reject) => {
        const outgoing = request(new URL(path, connection.server), {
          ...options,
          agent,
          method,
          headers: {
            ...options.headers,
            accept: "application/json",
            "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
            "content-length": Buffer.byteLength(text),
          },
        });
        outgoing.once("error", reject);
        outgoing.once("response", (response) => {
          let received = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (received += chunk));
          response.once("error", reject);
          response.once("end", () => resolve({ status: response.statusCode ?? 0, answer: received }));
        });
        outgoing.end(text);
      });
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${answer}`);
      return JSON.parse(answer) as unknown;
    },
    close: () => agent.destroy(),
  };
}
