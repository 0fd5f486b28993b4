// oxlint-disable-next-line import/no-unassigned-import -- its effect is what is wanted
import "reflect-metadata"; // @peculiar/x509 does not start without it
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface TestPair {
  readonly cert: string;
  readonly key: string;
}

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A self-signed certificate for localhost, which is its own CA; by default valid for an hour around now. */
export async function makePair(
  validity: { readonly notBefore?: Date; readonly notAfter?: Date } = {},
): Promise<TestPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    notBefore: validity.notBefore ?? new Date(Date.now() - 1_800_000),
    notAfter: validity.notAfter ?? new Date(Date.now() + 1_800_000),
    extensions: [
      new BasicConstraintsExtension(true),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: cert.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY") };
}
