import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { openCertificateFiles } from "../../src/tls/file-source.ts";
import type { CheckedKeyPair } from "../../src/tls/key-pair.ts";
import type { CertificateSource } from "../../src/tls/source.ts";
import { makePair, type TestPair } from "../support/certificates.ts";
import { makeClient, makeSigner } from "../support/client-certificates.ts";
import { type EventQueue, eventQueue } from "../support/event-queue.ts";
import { ask } from "../support/https-client.ts";
import { startServer } from "../support/running-server.ts";
import { createMount, type Mount, temporaryFolder } from "../support/temporary-folder.ts";

const HOUR_MS = 3_600_000;

function secret({ cert, key }: TestPair): Record<string, string> {
  return { "tls.crt": cert, "tls.key": key };
}

async function open(
  folder: string,
  {
    now = () => new Date(),
    pollMs = HOUR_MS,
    host = null,
  }: { readonly now?: () => Date; readonly pollMs?: number; readonly host?: string | null } = {},
): Promise<{ readonly source: CertificateSource; readonly reloads: EventQueue<CheckedKeyPair> }> {
  const reloads = eventQueue<CheckedKeyPair>();
  const opened = await openCertificateFiles({
    certFile: join(folder, "tls.crt"),
    keyFile: join(folder, "tls.key"),
    now,
    pollMs,
    host,
    onReload: reloads.push,
  });
  if (opened.kind === "refused") throw new Error(opened.why);
  onTestFinished(() => opened.source.close());
  return { source: opened.source, reloads };
}

async function mounted(pair: TestPair): Promise<Mount> {
  return await createMount(secret(pair));
}

it("serves each renewal of a Secret's mount to new connections", async () => {
  const mount = await mounted(await makePair());
  const { source, reloads } = await open(mount.folder);
  const server = await startServer({ certificate: source });
  for (let renewal = 0; renewal < 3; renewal += 1) {
    const pair = await makePair();
    await mount.update(secret(pair));
    expect(await reloads.next()).toMatchObject({ kind: "pair", pair: { cert: pair.cert } });
    expect(await servedFingerprint(server.port, pair.cert)).toBe(source.current().fingerprint);
  }
});

it("keeps a bad pair out while the old one serves, and takes the next good one", async () => {
  const good = await makePair();
  const mount = await mounted(good);
  const { source, reloads } = await open(mount.folder);
  const server = await startServer({ certificate: source });
  const expired = await makePair({
    notBefore: new Date(Date.now() - 2 * HOUR_MS),
    notAfter: new Date(Date.now() - HOUR_MS),
  });
  const bad: readonly (readonly [Record<string, string>, string])[] = [
    [{ "tls.crt": (await makePair()).cert, "tls.key": good.key }, "the key does not belong to the certificate"],
    [{ "tls.crt": "", "tls.key": good.key }, "the certificate is not readable"],
    [secret(expired), "the certificate expired"],
    [{ "tls.crt": good.cert }, "tls.key cannot be read: ENOENT"],
  ];
  for (const [files, why] of bad) {
    await mount.update(files);
    expect(await reloads.next()).toMatchObject({ kind: "refused", why: expect.stringContaining(why) as string });
    expect(source.current().cert).toBe(good.cert);
    expect((await ask({ ...server, path: "/livez", ca: good.cert })).status).toBe(200);
  }
  const next = await makePair();
  await mount.update(secret(next));
  expect(await reloads.next()).toMatchObject({ kind: "pair" });
  expect(await servedFingerprint(server.port, next.cert)).toBe(source.current().fingerprint);
});

it("keeps a certificate for other names out, at the start and later", async () => {
  const good = await makePair();
  const mount = await mounted(good);
  await expect(open(mount.folder, { host: "hook.ns.svc" })).rejects.toThrow("the certificate is not for hook.ns.svc");
  const { source, reloads } = await open(mount.folder, { host: "localhost" });
  const root = await makeSigner("root");
  const other = await makeClient(root, { name: "localhost", alternatives: [{ type: "dns", value: "other" }] });
  await mount.update(secret(other));
  expect(await reloads.next()).toMatchObject({
    kind: "refused",
    why: expect.stringContaining(
      "the certificate is not for localhost, which the API server asks for; its names: DNS:other",
    ) as string,
  });
  expect(source.current().cert).toBe(good.cert);
});

it("takes a pair once it becomes valid, though no file changes again", async () => {
  let now = new Date();
  const mount = await mounted(await makePair());
  const { source, reloads } = await open(mount.folder, { now: () => now, pollMs: 20 });
  const later = await makePair({
    notBefore: new Date(now.getTime() + 10 * 60_000),
    notAfter: new Date(now.getTime() + HOUR_MS),
  });
  await mount.update(secret(later));
  expect(await reloads.next()).toMatchObject({
    kind: "refused",
    why: expect.stringContaining("valid only from") as string,
  });
  now = new Date(now.getTime() + 11 * 60_000);
  expect(await reloads.next()).toMatchObject({ kind: "pair" });
  expect(source.current().cert).toBe(later.cert);
  // Told once each: the polls in between were silent.
  expect(reloads.waiting()).toEqual([]);
});

it("reads certificate and key from two folders", async () => {
  const [one, other, pair] = [await temporaryFolder(), await temporaryFolder(), await makePair()];
  await writeFile(join(one, "a.pem"), pair.cert);
  await writeFile(join(other, "b.pem"), pair.key);
  const reloads = eventQueue<CheckedKeyPair>();
  const opened = await openCertificateFiles({
    certFile: join(one, "a.pem"),
    keyFile: join(other, "b.pem"),
    now: () => new Date(),
    pollMs: HOUR_MS,
    onReload: reloads.push,
  });
  if (opened.kind === "refused") throw new Error(opened.why);
  onTestFinished(() => opened.source.close());
  await rm(join(other, "b.pem"));
  expect(await reloads.next()).toMatchObject({ kind: "refused" });
  expect(opened.source.current().cert).toBe(pair.cert);
});

it("does not open without a pair to serve with", async () => {
  const folder = await temporaryFolder();
  const options = {
    certFile: join(folder, "a"),
    keyFile: join(folder, "b"),
    now: () => new Date(),
    onReload: () => {},
  };
  expect(await openCertificateFiles(options)).toMatchObject({
    kind: "refused",
    why: expect.stringContaining(`${options.certFile} cannot be read: ENOENT`) as string,
  });
});

async function servedFingerprint(port: number, ca: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
