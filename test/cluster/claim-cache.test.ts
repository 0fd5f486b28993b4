// Deadlines and sharing of claims' GETs; what the API server answers is in test/live/claims.test.ts.
import type { ServerResponse } from "node:http";
import { afterEach, expect, it } from "vitest";
import { createApiClient } from "../../src/cluster/api-client.ts";
import type { ApiConnection } from "../../src/cluster/api-connection.ts";
import { type ClaimCache, createClaimCache } from "../../src/cluster/claim-cache.ts";
import { known, unknown } from "../../src/engine/facts.ts";
import { type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

let server: ScriptedServer | null = null;
let claims: ClaimCache | null = null;

afterEach(async () => {
  claims?.close();
  await server?.close();
  server = null;
});

function claimsOver(connection: ApiConnection, monotonicMs = (): number => performance.now()): ClaimCache {
  const client = createApiClient({ connection, userAgent: "test", maxConnections: 4 });
  claims = createClaimCache({ client, monotonicMs, onEvent: () => {} });
  return claims;
}

const BLOCK = { spec: { volumeMode: "Block" } };

it("lets a GET go on for whoever waits longest, and no longer", async () => {
  const held: ServerResponse[] = [];
  let aborted = 0;
  server = await startScriptedServer((_path, response) => {
    held.push(response);
    response.on("close", () => {
      if (!response.writableEnded) aborted += 1;
    });
  });
  const cache = claimsOver(server.connection);
  const patient = cache.mode("ns", "shared", 5_000);
  const hasty = cache.mode("ns", "shared", 50);
  expect(await hasty).toEqual(unknown("timeout"));
  expect(server.requests).toEqual(["/api/v1/namespaces/ns/persistentvolumeclaims/shared"]);
  sendJson(held[0] as ServerResponse, 200, BLOCK);
  expect(await patient).toEqual(known("Block"));
  expect(aborted).toBe(0);

  expect(await cache.mode("ns", "other", 50)).toEqual(unknown("timeout"));
  await expect.poll(() => aborted).toBe(1);
});

it("asks again after a timeout, and for more than there are connections", async () => {
  let isSlow = true;
  server = await startScriptedServer((_path, response) => {
    if (!isSlow) sendJson(response, 200, BLOCK);
  });
  const cache = claimsOver(server.connection);
  const names = Array.from({ length: 40 }, (_, index) => `claim-${index}`);
  const all = async (budgetMs: number): Promise<Set<string>> =>
    new Set(await Promise.all(names.map(async (name) => JSON.stringify(await cache.mode("ns", name, budgetMs)))));
  expect(await all(50)).toEqual(new Set([JSON.stringify(unknown("timeout"))]));
  isSlow = false;
  expect(await all(5_000)).toEqual(new Set([JSON.stringify(known("Block"))]));
});

it("asks for a thousand at once, and has no time for more", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const cache = claimsOver({ server: new URL("http://127.0.0.1:1"), credentials: async () => await promise });
  const first = Promise.all(Array.from({ length: 1_000 }, (_, index) => cache.mode("ns", `claim-${index}`, 60_000)));
  // At once, where it would have had a minute.
  expect(await cache.mode("ns", "another", 60_000)).toEqual(unknown("timeout"));
  reject(new Error("no"));
  expect(await first).toHaveLength(1_000);
});

it("keeps the budget though credentials hang, and while the body trickles", async () => {
  const url = new URL("http://127.0.0.1:1");
  const hanging = claimsOver({ server: url, credentials: async () => new Promise(() => {}) });
  expect(await hanging.mode("ns", "a", 20)).toEqual(unknown("timeout"));
  server = await startScriptedServer((_path, response) => {
    response.writeHead(200);
    response.write('{"spec":');
  });
  expect(await claimsOver(server.connection).mode("ns", "a", 50)).toEqual(unknown("timeout"));
});

it.each([
  ["no volumeMode is Filesystem", 200, { spec: {} }, known("Filesystem")],
  ["a volumeMode of the future is no Block", 200, { spec: { volumeMode: "Cloud" } }, known("Filesystem")],
  ["no object is no answer", 200, null, unknown("timeout")],
  ["an API server in trouble is no answer", 500, { message: "etcd" }, unknown("timeout")],
])("%s", async (_what, status, body, fact) => {
  server = await startScriptedServer((_path, response) => sendJson(response, status, body));
  expect(await claimsOver(server.connection).mode("ns", "a", 5_000)).toEqual(fact);
});

it("repeats a GET whose kept-alive connection was closed at that moment", async () => {
  const ports = new Set<number | undefined>();
  server = await startScriptedServer((_path, response, request) => {
    const isUsed = ports.has(request.socket.remotePort);
    ports.add(request.socket.remotePort);
    if (isUsed) request.socket.destroy();
    else sendJson(response, 200, BLOCK);
  });
  const cache = claimsOver(server.connection);
  expect(await cache.mode("ns", "first", 5_000)).toEqual(known("Block"));
  expect(await cache.mode("ns", "second", 5_000)).toEqual(known("Block"));
  expect(server.requests).toHaveLength(3);
});

it("believes Block for 5 s, Filesystem for 30 s, forbidden for 10 s, and nothing else", async () => {
  let nowMs = 0;
  server = await startScriptedServer((path, response) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const status = { forbidden: 403, absent: 404 }[name] ?? 200;
    sendJson(response, status, { spec: { volumeMode: name === "block" ? "Block" : "Filesystem" } });
  });
  const cache = claimsOver(server.connection, () => nowMs);
  const asked: Record<string, number[]> = {};
  for (nowMs = 0; nowMs <= 30_000; nowMs += 1_000) {
    for (const name of ["block", "filesystem", "forbidden", "absent"]) {
      const before = server.requests.length;
      await cache.mode("ns", name, 5_000);
      if (server.requests.length > before) (asked[name] ??= []).push(nowMs / 1_000);
    }
  }
  expect(asked).toMatchObject({
    block: [0, 5, 10, 15, 20, 25, 30],
    filesystem: [0, 30],
    forbidden: [0, 10, 20, 30],
  });
  expect(asked["absent"]).toHaveLength(31);
});

it("keeps no more than 10,000 claims", async () => {
  server = await startScriptedServer((_path, response) => sendJson(response, 200, { spec: {} }));
  const cache = claimsOver(server.connection);
  for (let done = 0; done < 10_050; done += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => cache.mode("ns", `claim-${done + index}`, 20_000)));
  }
  expect(cache.size()).toBe(10_000);
}, 60_000);
