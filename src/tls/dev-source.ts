// A certificate of our own making for one process's life, so that a clone serves HTTPS without any set-up.
// oxlint-disable-next-line import/no-unassigned-import -- its effect is what is wanted
import "reflect-metadata"; // @peculiar/x509 does not start without it
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { checkKeyPair } from "./key-pair.ts";
import type { CertificateSource } from "./source.ts";

/** EC and not RSA: an RSA key blocks the event loop for a quarter of a second and more. */
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const HOUR_MS = 3_600_000;
const VALID_MS = 30 * 24 * HOUR_MS;

/**
 * Makes a CA and a certificate for localhost in memory. The CA's key is forgotten at once; the server's never
 * leaves the process.
 *
 * @param caFile where the CA's certificate is written, for `curl --cacert`
 */
export async function createDevSource(caFile: string, now: Date): Promise<CertificateSource> {
  // One hour back: the client's clock may be behind ours.
  const validity = {
    notBefore: new Date(now.getTime() - HOUR_MS),
    notAfter: new Date(now.getTime() + VALID_MS),
    signingAlgorithm: SIGNATURE,
  };
  const caKeys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, false, ["sign", "verify"]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: "CN=kata-thp development CA",
    keys: caKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const leaf = await X509CertificateGenerator.create({
    ...validity,
    subject: "CN=localhost",
    issuer: ca.subject,
    signingKey: caKeys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      // RFC 5280 asks for both identifiers, and strict clients (Python 3.13 by default) do too.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  const checked = checkKeyPair(leaf.toString("pem"), key, now);
  if (checked.kind === "refused") throw new Error(`the development certificate is wrong: ${checked.why}`);
  await writeFile(caFile, `${ca.toString("pem")}\n`);
  return { current: () => checked.pair, onChange: () => {}, close: () => Promise.resolve() };
}
