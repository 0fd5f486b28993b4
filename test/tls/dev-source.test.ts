import { X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkServerIdentity, createServer, connect } from "node:tls";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createDevSource } from "../../src/tls/dev-source.ts";
import { tlsOptions } from "../../src/tls/options.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("makes a certificate that its CA file verifies, by OpenSSL's strict rules too", async () => {
  const folder = await temporaryFolder();
  const [caFile, leafFile] = [join(folder, "ca.pem"), join(folder, "leaf.pem")];
  const source = await createDevSource(caFile, new Date());
  await writeFile(leafFile, source.current().cert);
  const verified = execFileSync("openssl", [
    "verify",
    "-x509_strict",
    "-purpose",
    "sslserver",
    "-CAfile",
    caFile,
    leafFile,
  ]);
  expect(verified.toString()).toContain("leaf.pem: OK");
});

it("is for localhost, from an hour ago on", async () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const source = await createDevSource(join(await temporaryFolder(), "ca.pem"), now);
  const { cert, notBefore, notAfter } = source.current();
  expect(notBefore.toISOString()).toBe("2026-11-23T11:00:00.000Z");
  expect(notAfter.getTime()).toBeGreaterThan(now.getTime());
  const leaf = new X509Certificate(cert);
  expect(leaf.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(leaf.ca).toBe(false);
});

it.each(["localhost", "127.0.0.1", "::1"])("is accepted for %s by a real client", async (name) => {
  const caFile = join(await temporaryFolder(), "ca.pem");
  const source = await createDevSource(caFile, new Date());
  const server = createServer(tlsOptions(source.current()));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ca = await readFile(caFile, "utf8");
  const authorized = await new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", ca, checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) },
      () => {
        resolve(socket.authorized);
        socket.destroy();
      },
    );
    socket.once("error", reject);
  });
  expect(authorized).toBe(true);
});
