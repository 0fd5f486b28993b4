// What a client can get out of the server's TLS, at its start and after each of its reloads.
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/server/listen.ts";
import { checkKeyPair } from "../../src/tls/key-pair.ts";
import { tlsOptions } from "../../src/tls/options.ts";
import type { CertificateSource, KeyPair } from "../../src/tls/source.ts";
import { makePair } from "../support/certificates.ts";
import { makeClient, makeSigner } from "../support/client-certificates.ts";
import { startServer } from "../support/running-server.ts";

async function makeKeyPair(): Promise<KeyPair> {
  const { cert, key } = await makePair();
  const checked = checkKeyPair(cert, key, new Date());
  if (checked.kind === "refused") throw new Error(checked.why);
  return checked.pair;
}

async function protocolOf(
  port: number,
  ca: string,
  maxVersion: "TLSv1.2" | "TLSv1.3",
  host = "127.0.0.1",
): Promise<string> {
  return await new Promise((resolve) => {
    const socket: TLSSocket = connect({ host, port, servername: "localhost", ca, maxVersion });
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol() ?? "none");
      socket.destroy();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

it("speaks TLS 1.3 alone where it is told to, also after a new certificate and after new client CAs", async () => {
  let pair = await makeKeyPair();
  const onPair: ((pair: KeyPair) => void)[] = [];
  const certificate: CertificateSource = {
    current: () => pair,
    onChange: (listener) => onPair.push(listener),
    close: async () => {},
  };
  const onAuthorities: (() => void)[] = [];
  const authorities = { pem: (await makeSigner("root")).cert, certificates: [] };
  const authority = {
    current: () => authorities,
    onChange: (listener: () => void) => onAuthorities.push(listener),
    close: async () => {},
  };
  const clients = { authority, names: [], now: () => new Date() };
  const { port } = await startServer({ certificate, minTlsVersion: "1.3", clients });
  const protocols = async (): Promise<readonly string[]> => [
    await protocolOf(port, pair.cert, "TLSv1.2"),
    await protocolOf(port, pair.cert, "TLSv1.3"),
  ];
  const expected = ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLSv1.3"];
  expect(await protocols()).toEqual(expected);
  pair = await makeKeyPair();
  for (const listener of onPair) listener(pair);
  expect(await protocols()).toEqual(expected);
  for (const listener of onAuthorities) listener();
  expect(await protocols()).toEqual(expected);
});

it("answers on IPv4 and on IPv6 with one listener", async () => {
  const pair = await makeKeyPair();
  const server: Server = createServer(tlsOptions(pair), (_, response) => response.end("ok"));
  onTestFinished(() => void server.close());
  const listened = await listen(server, 0, null);
  expect(listened).toMatchObject({ kind: "listening", address: { address: "::", family: "IPv6" } });
  const { port } = server.address() as AddressInfo;
  for (const host of ["127.0.0.1", "::1"]) {
    expect(await protocolOf(port, pair.cert, "TLSv1.3", host)).toBe("TLSv1.3");
  }
});

it.each(["TLSv1.2", "TLSv1.3"] as const)("resumes no %s session where clients are asked", async (maxVersion) => {
  const root = await makeSigner("root");
  const authorities = { pem: root.cert, certificates: [] };
  const authority = { current: () => authorities, onChange: () => {}, close: async () => {} };
  const asking = await startServer({ clients: { authority, names: [], now: () => new Date() } });
  // The same client against a server that asks nobody: it would resume if it could.
  const open = await startServer();
  const client = await makeClient(root);
  for (const [server, isReused] of [
    [asking, false],
    [open, true],
  ] as const) {
    const options = {
      host: "127.0.0.1",
      servername: "localhost",
      port: server.port,
      ca: server.ca,
      ...client,
      maxVersion,
    };
    const session = (await askOnce(options)).session;
    expect((await askOnce({ ...options, session })).isReused).toBe(isReused);
  }
});

/** One request, after whose answer every ticket has come. */
async function askOnce(
  options: ConnectionOptions,
): Promise<{ readonly session: Buffer | undefined; readonly isReused: boolean }> {
  return await new Promise((resolve, reject) => {
    const socket = connect(options, () => socket.write("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    let session: Buffer | undefined;
    socket.on("session", (next: Buffer) => (session = next));
    socket.resume();
    socket.once("error", reject);
    socket.once("end", () => resolve({ session: session ?? socket.getSession(), isReused: socket.isSessionReused() }));
  });
}
