import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { unknown } from "../../src/engine/facts.ts";
import { createReadiness, readerIsSynced } from "../../src/server/readiness.ts";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";
import type { CertificateSource, KeyPair } from "../../src/tls/source.ts";
import { checkKeyPair } from "../../src/tls/key-pair.ts";
import { makePair } from "../support/certificates.ts";
import { ask, post } from "../support/https-client.ts";
import { metric, readerWithVariant, reviewOf, type RunningServer, startServer } from "../support/running-server.ts";

const NOWHERE = "There is nothing here; the paths are /mutate/enforce, /mutate/observe, /livez, /readyz.\n";

it.each([
  ["GET", "/", 404, undefined, NOWHERE],
  ["GET", "/metrics", 404, undefined, NOWHERE],
  ["POST", "/mutate", 404, undefined, NOWHERE],
  ["POST", "/mutate/enforce/", 404, undefined, NOWHERE],
  ["POST", "/mutate/__proto__", 404, undefined, NOWHERE],
  ["PROPFIND", "/x", 404, undefined, NOWHERE],
  ["PURGE", "/x", 404, undefined, NOWHERE],
  ["GET", "/mutate/enforce?timeout=1s", 405, "POST", "The method has to be POST.\n"],
  ["PUT", "/mutate/observe", 405, "POST", "The method has to be POST.\n"],
  ["PURGE", "/mutate/observe", 405, "POST", "The method has to be POST.\n"],
  ["OPTIONS", "/mutate/observe", 405, "POST", "The method has to be POST.\n"],
  ["POST", "/livez", 405, "GET, HEAD", "The method has to be GET or HEAD.\n"],
  ["DELETE", "/readyz", 405, "GET, HEAD", "The method has to be GET or HEAD.\n"],
  ["GET", "/%zz", 400, undefined, "The URL cannot be read.\n"],
])("%s %s is %i", async (method, path, status, allow, body) => {
  const server = await startServer();
  const withBody =
    method === "POST" || method === "PUT" ? { body: "not json", headers: { "content-type": "text/plain" } } : {};
  const answer = await ask({ ...server, method, path, ...withBody });
  expect([answer.status, answer.headers.allow, answer.body]).toEqual([status, allow, body]);
  expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(await metric(server, `kata_thp_refused_requests_total{code="${status}"}`)).toBe(1);
});

it("answers what is no HTTP with a sentence", async () => {
  const server = await startServer();
  const { answer } = await speak(server, "hello?\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toMatch(/\r\n\r\nThis is not an HTTP\/1\.1 request\.\n$/);
});

it("refuses endless headers with a sentence", async () => {
  const server = await startServer();
  const { answer } = await speak(server, `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 .*The request's headers are too large\.\n$/s);
});

it("says livez and readyz, and why not", async () => {
  const reader = { ...readerWithVariant(), runtimeClass: () => unknown<never>("not synced") };
  const readiness = createReadiness([readerIsSynced(reader, () => BUILT_IN_POLICY)]);
  const server = await startServer({ reader, readiness });
  expect(await ask({ ...server, path: "/livez" })).toMatchObject({ status: 200, body: "ok\n" });
  expect(await ask({ ...server, path: "/livez", method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  expect(await ask({ ...server, path: "/readyz" })).toMatchObject({
    status: 503,
    body: "not ready: the cluster reader is not synced: no RuntimeClass is known yet\n",
  });
  readiness.startDraining();
  expect(await ask({ ...server, path: "/readyz" })).toMatchObject({
    status: 503,
    body:
      "not ready: the server is draining and about to end\n" +
      "not ready: the cluster reader is not synced: no RuntimeClass is known yet\n",
  });
  expect((await ask({ ...server, path: "/livez" })).status).toBe(200);
});

it("is ready where the reader knows, a class that is not found included", async () => {
  const server = await startServer();
  expect(await ask({ ...server, path: "/readyz" })).toMatchObject({ status: 200, body: "ok\n" });
  const empty = { ...readerWithVariant(), runtimeClass: () => unknown<never>("not found") };
  const other = await startServer({ reader: empty });
  expect((await ask({ ...other, path: "/readyz" })).status).toBe(200);
});

it("keeps connections for longer than the API server does, and closes each with its answer while draining", async () => {
  const server = await startServer();
  const agent = new Agent({ keepAlive: true });
  const before = await post({ ...server, path: "/mutate/enforce", body: reviewOf(), agent });
  expect(before.headers["connection"]).toBe("keep-alive");
  expect(Number(/timeout=(\d+)/.exec(String(before.headers["keep-alive"]))?.[1])).toBeGreaterThan(90);
  server.options.readiness.startDraining();
  const after = await post({ ...server, path: "/mutate/enforce", body: reviewOf(), agent });
  expect([after.status, after.headers["connection"]]).toEqual([200, "close"]);
  agent.destroy();
});

it("lets a connection wait for its first request as long as for its next", async () => {
  const { app } = await startServer();
  // All three count from a connection's first moment in one case or the other.
  for (const name of ["keepAliveTimeout", "headersTimeout", "requestTimeout"] as const) {
    expect(app.server[name]).toBeGreaterThan(90_000);
  }
});

it.each<[string, ConnectionOptions]>([
  ["TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
  ["CBC suites", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA" }],
  ["HTTP/2 alone", { ALPNProtocols: ["h2"] }],
])("refuses %s, also after a new certificate", async (_, client) => {
  const { source, replace } = await replaceable();
  const server = await startServer({ certificate: source });
  await expect(handshake(server, client)).rejects.toThrow();
  await replace();
  const renewed = { ...server, ca: source.current().cert };
  await expect(handshake(renewed, client)).rejects.toThrow();
  // The same way in is open for who speaks as the API server does.
  const socket = await handshake(renewed, { ALPNProtocols: ["h2", "http/1.1"] });
  expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(["http/1.1", "TLSv1.3"]);
  socket.destroy();
  (await handshake(renewed, { maxVersion: "TLSv1.2" })).destroy();
});

it("serves new connections with a new pair, and open ones go on", async () => {
  const { source, replace } = await replaceable();
  const server = await startServer({ certificate: source });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask({ ...server, path: "/livez", agent })).status).toBe(200);
  const old = source.current().fingerprint;
  await replace();
  expect((await ask({ ...server, path: "/livez", agent })).status).toBe(200);
  const renewed = { ...server, ca: source.current().cert };
  const socket = await handshake(renewed, {});
  expect(socket.getPeerCertificate().fingerprint256).toBe(source.current().fingerprint);
  expect(source.current().fingerprint).not.toBe(old);
  socket.destroy();
  agent.destroy();
});

async function handshake(
  { port, ca }: Pick<RunningServer, "port" | "ca">,
  client: ConnectionOptions,
): Promise<TLSSocket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", servername: "localhost", port, ca, ...client });
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Writes bytes and reads until the server closes. */
async function speak(server: RunningServer, bytes: string): Promise<{ readonly answer: string }> {
  const socket = await handshake(server, {});
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(bytes);
  await new Promise<void>((resolve, reject) => {
    socket.once("close", () => resolve());
    socket.once("error", reject);
  });
  return { answer };
}

async function makeKeyPair(): Promise<KeyPair> {
  const { cert, key } = await makePair();
  const checked = checkKeyPair(cert, key, new Date());
  if (checked.kind === "refused") throw new Error(checked.why);
  return checked.pair;
}

async function replaceable(): Promise<{ readonly source: CertificateSource; readonly replace: () => Promise<void> }> {
  let pair = await makeKeyPair();
  const listeners: ((pair: KeyPair) => void)[] = [];
  return {
    source: { current: () => pair, onChange: (listener) => listeners.push(listener), close: async () => {} },
    replace: async () => {
      pair = await makeKeyPair();
      for (const listener of listeners) listener(pair);
    },
  };
}

it("closes a connection whose handshake does not come", async () => {
  const server = await startServer({ handshakeTimeoutMs: 50 });
  const bare = connectTcp(server.port, "127.0.0.1");
  bare.resume();
  await once(bare, "close");
});
