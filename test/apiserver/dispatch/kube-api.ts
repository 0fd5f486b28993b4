// Requests to the API server as tests need them: the status, the object and the warnings of each answer.
import { Agent, request } from "node:https";
import { openConnection } from "../../../src/cluster/api-connection.ts";

/** A Kubernetes object, or a Status where a request was refused. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has a shape of its own, and tests look deep into it
  readonly [field: string]: any;
}

export interface KubeAnswer {
  readonly status: number;
  readonly body: KubeObject;
  /** The texts of the Warning headers. */
  readonly warnings: readonly string[];
}

export interface KubeApi {
  /** Whatever the answer is. `body` is sent as JSON, a PATCH as a merge patch. */
  ask(method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT", path: string, body?: unknown): Promise<KubeAnswer>;
  /** The object of an answer that must be a success. @throws Error with the API server's words */
  send(method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT", path: string, body?: unknown): Promise<KubeObject>;
  /** The text at a path, /metrics say. */
  text(path: string): Promise<string>;
  close(): void;
}

/** `maxConnections`: how many requests are under way at once. */
export async function openKubeApi(kubeconfigPath: string, maxConnections = 8): Promise<KubeApi> {
  const opened = await openConnection({ kubeconfig: kubeconfigPath, context: null, env: {} });
  if (opened.kind === "refused") throw new Error(opened.why);
  const { server, credentials } = opened.connection;
  const own = await credentials();
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections });

  const exchange = async (
    method: string,
    path: string,
    body: unknown,
  ): Promise<{ status: number; text: string; warnings: string[] }> => {
    const payload = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, server), {
        ...own,
        agent,
        method,
        headers: {
          accept: "application/json",
          "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
          "content-length": payload.length,
        },
      });
      outgoing.once("error", reject);
      outgoing.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString("utf8"),
            warnings: (response.headersDistinct["warning"] ?? []).map(warningText),
          }),
        );
      });
      outgoing.end(payload);
    });
  };

  const api: KubeApi = {
    async ask(method, path, body) {
      const { status, text, warnings } = await exchange(method, path, body);
      return { status, body: JSON.parse(text) as KubeObject, warnings };
    },
    async send(method, path, body) {
      const answer = await api.ask(method, path, body);
      if (answer.status < 200 || answer.status > 299) {
        throw new Error(`${method} ${path}: ${answer.status} ${String(answer.body["message"])}`);
      }
      return answer.body;
    },
    async text(path) {
      return (await exchange("GET", path, undefined)).text;
    },
    close: () => agent.destroy(),
  };
  return api;
}

/** RFC 7234 section 5.5: `299 - "text"`, quotes and backslashes escaped. */
function warningText(header: string): string {
  const quoted = /^299 \S+ "((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
  if (quoted === undefined) throw new Error(`no warning of the API server's: ${header}`);
  return quoted.replaceAll(/\\(.)/g, "$1");
}

/** One sample of the API server's or the webhook's exposition, 0 where it is not there yet. */
export function sampleOf(exposition: string, sample: string): number {
  const line = exposition.split("\n").find((each) => each.startsWith(`${sample} `));
  return line === undefined ? 0 : Number(line.slice(sample.length + 1));
}
