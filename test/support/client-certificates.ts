// oxlint-disable-next-line import/no-unassigned-import -- its effect is what is wanted
import "reflect-metadata"; // @peculiar/x509 does not start without it
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface Signer {
  /** PEM */
  readonly cert: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface ClientPair {
  /** PEM: its own certificate, then the signers that are no roots. */
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  readonly name?: string;
  readonly alternatives?: readonly JsonGeneralName[];
  readonly notAfter?: Date;
  /** Default clientAuth. */
  readonly usage?: "clientAuth" | "serverAuth";
}

const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const HALF_HOUR_MS = 1_800_000;

/** A CA: a root, or one that `by` signed. */
export async function makeSigner(
  name: string,
  by: Signer | null = null,
  notAfter: Date = inHalfAnHour(),
): Promise<Signer> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: by === null ? `CN=${name}` : new X509Certificate(by.cert).subject,
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(Date.now() - 2 * HALF_HOUR_MS),
    notAfter,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return { cert: `${certificate.toString("pem")}\n`, keys };
}

/** A certificate that a client presents; `chain` is sent along. */
export async function makeClient(by: Signer, wanted: Wanted = {}, chain: readonly Signer[] = []): Promise<ClientPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const { name = "kube-apiserver", alternatives = [], notAfter = inHalfAnHour() } = wanted;
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: new X509Certificate(by.cert).subject,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(Date.now() - HALF_HOUR_MS),
    notAfter,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage[wanted.usage ?? "clientAuth"]]),
      ...(alternatives.length === 0 ? [] : [new SubjectAlternativeNameExtension([...alternatives])]),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: [`${certificate.toString("pem")}\n`, ...chain.map(({ cert }) => cert)].join(""), key };
}

function inHalfAnHour(): Date {
  return new Date(Date.now() + HALF_HOUR_MS);
}
