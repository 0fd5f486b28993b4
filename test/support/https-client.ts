import type { IncomingHttpHeaders } from "node:http";
import { type Agent, request, type RequestOptions } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly port: number;
  /** PEM that verifies the server. */
  readonly ca: string;
  readonly path: string;
  /** Default GET, or POST where there is a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Default: a connection of its own. */
  readonly agent?: Agent | false;
}

export function requestOptions({ port, ca, path, method, headers, body, agent }: Ask): RequestOptions {
  return {
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca,
    path,
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...headers },
    agent: agent ?? false,
  };
}

/** One request over real TLS. */
export async function ask(options: Ask): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = request(requestOptions(options), (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(options.body);
  });
}

/** Posts JSON. */
export async function post(options: Omit<Ask, "method"> & { readonly body: string | Buffer }): Promise<Answer> {
  return await ask({ ...options, method: "POST", headers: { "content-type": "application/json", ...options.headers } });
}
