import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { createApiClient, type ApiClient } from "../../src/cluster/api-client.ts";
import { listPages } from "../../src/cluster/list-pages.ts";
import { readText } from "../../src/cluster/response-body.ts";
import { watchFrom } from "../../src/cluster/watch-from.ts";
import { type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

let server: ScriptedServer;

afterEach(async () => {
  await server.close();
});

function clientOf(prefix = ""): ApiClient {
  const { connection } = server;
  return createApiClient({
    connection: {
      server: new URL(prefix, connection.server),
      credentials: async () => ({ headers: { authorization: "Bearer token" } }),
    },
    userAgent: "kata-thp-webhook/1.2.3",
    maxConnections: 1,
  });
}

const never = new AbortController().signal;

it("sends who we are, below the server's own path", async () => {
  const seen: unknown[] = [];
  server = await startScriptedServer((path, response, { headers, method }) => {
    seen.push([method, path, headers.authorization, headers["user-agent"], headers.accept]);
    sendJson(response, 200, {});
  });
  await readText((await clientOf("/k8s/clusters/c-1/").get("/api/v1/nodes?limit=1", never)).body, 100);
  expect(seen).toEqual([
    ["GET", "/k8s/clusters/c-1/api/v1/nodes?limit=1", "Bearer token", "kata-thp-webhook/1.2.3", "application/json"],
  ]);
});

it.each([
  ["3", 3_000],
  ["soon", null],
  ["-1", null],
  ["Wed, 21 Oct 2026 07:28:00 GMT", null],
  [undefined, null],
])("reads Retry-After: %s", async (value, retryAfterMs) => {
  server = await startScriptedServer((_path, response) =>
    sendJson(response, 429, {}, value === undefined ? {} : { "retry-after": value }),
  );
  const answer = await clientOf().get("/", never);
  answer.body.resume();
  expect(answer).toMatchObject({ status: 429, retryAfterMs });
});

it("ends with its signal: before it begins, waiting for a connection, for headers, and in the body", async () => {
  let closed = 0;
  server = await startScriptedServer((path, response) => {
    response.on("close", () => (closed += 1));
    if (path === "/body") response.writeHead(200).write("begun");
  });
  const client = clientOf();
  const reason = new Error("enough");
  await expect(client.get("/", AbortSignal.abort(reason))).rejects.toBe(reason);

  const first = new AbortController();
  const waiting = new AbortController();
  const headers = client.get("/headers", first.signal);
  const queued = client.get("/queued", waiting.signal);
  waiting.abort(reason);
  await expect(queued).rejects.toBe(reason);
  await expect.poll(() => server.requests).toEqual(["/headers"]);
  first.abort(reason);
  await expect(headers).rejects.toBe(reason);

  const inBody = new AbortController();
  const { body } = await client.get("/body", inBody.signal);
  const reading = readText(body, 100);
  inBody.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await expect.poll(() => closed).toBe(2);
  expect(server.requests).toEqual(["/headers", "/body"]);
});

const ANOTHER_PROTOCOL = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc";
const SINK = { put: () => {}, remove: () => {}, relist: () => ({ add: () => {}, commit: () => {} }) };

it("is not hung up by an answer that switches to another protocol: get, list and watch", async () => {
  let closed = 0;
  server = await startScriptedServer((_path, _response, { socket }) => {
    socket.on("close", () => (closed += 1));
    socket.write(ANOTHER_PROTOCOL);
  });
  const client = clientOf();
  const why = "the answer is 101, another protocol, which was not asked for";
  await expect(client.get("/", never)).rejects.toThrow(why);
  const failure = { kind: "failed", isUnreachable: true, why: expect.stringContaining(why) as string };
  expect(await listPages(client, "/nodes", SINK, never)).toMatchObject(failure);
  const watch = { client, path: "/nodes", resourceVersion: "1", lifeSeconds: 600, sink: SINK, closing: never };
  expect(await watchFrom({ ...watch, onOpen: () => {}, onEvent: () => {} })).toMatchObject({ failure, events: 0 });
  await expect.poll(() => closed).toBe(3);
});

it("keeps its connection alive", async () => {
  const ports = new Set<unknown>();
  server = await startScriptedServer((_path, response, { socket }) => {
    ports.add(socket.remotePort);
    sendJson(response, 200, {});
  });
  const client = clientOf();
  for (let count = 0; count < 3; count += 1) {
    const { body } = await client.get("/", never);
    body.resume();
    await once(body, "close");
  }
  expect(ports.size).toBe(1);
  client.close();
});
