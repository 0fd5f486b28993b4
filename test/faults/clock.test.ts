// The wall clock jumps while the server runs: the certificate is judged by it, reviews are not.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { CheckedKeyPair } from "../../src/tls/key-pair.ts";
import { openCertificateFiles } from "../../src/tls/file-source.ts";
import { startSelfDial } from "../../src/tls/self-dial.ts";
import { makePair } from "../support/certificates.ts";
import { eventQueue } from "../support/event-queue.ts";
import { post } from "../support/https-client.ts";
import { reviewOf, startServer } from "../support/running-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

it("forward past the certificate's end and back: said in readiness for as long, and every review is answered", async () => {
  let skewMs = 0;
  const now = (): Date => new Date(Date.now() + skewMs);
  const folder = await temporaryFolder();
  const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const pair = await makePair();
  await writeFile(certFile, pair.cert);
  await writeFile(keyFile, pair.key);
  const reloads = eventQueue<CheckedKeyPair>();
  const opened = await openCertificateFiles({ certFile, keyFile, now, onReload: reloads.push, pollMs: 20 });
  if (opened.kind === "refused") throw new Error(opened.why);
  const { source } = opened;
  onTestFinished(async () => source.close());
  const server = await startServer({ certificate: source });
  const target = { host: "127.0.0.1", port: server.port, servername: "localhost" };
  const dial = startSelfDial({ target, source, isShared: true, entries: () => null, now });
  onTestFinished(async () => dial.close());
  const problemAt = async (ms: number): Promise<string | null> => {
    skewMs = ms;
    await dial.dial();
    expect((await post({ ...server, path: "/mutate/enforce", body: reviewOf() })).status).toBe(200);
    return dial.problem();
  };

  expect(await problemAt(0)).toBeNull();
  expect(await problemAt(DAY_MS)).toContain("the served certificate has ended");
  expect(await problemAt(-DAY_MS)).toContain("is valid only from");
  expect(await problemAt(0)).toBeNull();

  // Renewed while the clock is wrong: the pair from before serves on, and the new one does once the clock is right.
  skewMs = -DAY_MS;
  const next = await makePair();
  await writeFile(certFile, next.cert);
  await writeFile(keyFile, next.key);
  const before = source.current();
  expect(await reloads.next()).toMatchObject({ kind: "refused" });
  expect(source.current()).toBe(before);
  skewMs = 0;
  let reload = await reloads.next();
  while (reload.kind === "refused") reload = await reloads.next();
  expect(source.current().cert).toBe(await readFile(certFile, "utf8"));
});
