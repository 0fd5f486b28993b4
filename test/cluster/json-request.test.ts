// Answers that no API server should give, and none at all.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { ApiConnection } from "../../src/cluster/api-connection.ts";
import { type JsonAnswer, requestJson } from "../../src/cluster/json-request.ts";

async function connectTo(listener: RequestListener, prefix = ""): Promise<ApiConnection> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`);
  return { server: url, credentials: async () => ({ headers: { authorization: "Bearer t" } }) };
}

async function get(connection: ApiConnection, timeoutMs = 5_000): Promise<JsonAnswer> {
  return await requestJson(connection, "agent/1", { method: "GET", path: "/x?y=z", body: null, timeoutMs });
}

it("sends path, credentials and body, and reads the answer and the server's clock", async () => {
  const connection = await connectTo((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.setHeader("date", "Mon, 23 Nov 2026 12:00:00 GMT");
      const { authorization, accept, "user-agent": agent, "content-type": type } = headers;
      response.end(JSON.stringify({ method, url, authorization, accept, agent, type, body }));
    });
  }, "/prefix/");
  const body = { contentType: "application/json-patch+json", value: ["ü"] };
  const answer = await requestJson(connection, "agent/1", { method: "PATCH", path: "/x?y=z", body, timeoutMs: 5_000 });
  expect(answer).toEqual({
    kind: "ok",
    serverTime: Date.parse("2026-11-23T12:00:00Z"),
    value: {
      method: "PATCH",
      url: "/prefix/x?y=z",
      authorization: "Bearer t",
      accept: "application/json",
      agent: "agent/1",
      type: "application/json-patch+json",
      body: '["ü"]',
    },
  });
});

it.each<[string, RequestListener, string]>([
  ["no JSON", (_request, response) => response.end("<html>"), "the answer is not JSON"],
  ["a refusal", (_request, response) => response.writeHead(503).end('{"message":"not now"}'), "503 not now"],
  [
    "another protocol",
    ({ socket }) => socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc"),
    "the answer is 101, another protocol, which was not asked for; allowed: HTTP. See what stands before the API server",
  ],
  ["a socket that breaks", (request) => request.socket.destroy(), "socket hang up"],
  [
    "an answer that breaks off",
    (_request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{");
      setImmediate(() => response.destroy());
    },
    "the connection broke off",
  ],
  [
    "an answer that is too long",
    (_request, response) => response.end(" ".repeat(4 * 1024 * 1024 + 1)),
    "the answer is longer than 4194304 bytes",
  ],
])("says what was wrong: %s", async (_name, listener, why) => {
  expect(await get(await connectTo(listener))).toMatchObject({ kind: "refused", failure: { why } });
});

it("waits no longer than it is told to, for an answer or for credentials", async () => {
  const silent = await connectTo(() => {});
  const hanging: ApiConnection = { ...silent, credentials: () => new Promise(() => {}) };
  for (const connection of [silent, hanging]) {
    const failure = { why: "no answer within 50 ms" };
    expect(await get(connection, 50)).toMatchObject({ kind: "refused", status: 0, failure });
  }
});

it("says where nobody listens, and where credentials cannot be read", async () => {
  const nobody: ApiConnection = { server: new URL("http://127.0.0.1:1"), credentials: async () => ({}) };
  expect(await get(nobody)).toMatchObject({
    kind: "refused",
    status: 0,
    failure: { why: expect.stringMatching(/ECONNREFUSED/) },
  });
  const broken: ApiConnection = { ...nobody, credentials: () => Promise.reject(new Error("token: no such file")) };
  expect(await get(broken)).toMatchObject({ kind: "refused", failure: { why: "token: no such file" } });
});
