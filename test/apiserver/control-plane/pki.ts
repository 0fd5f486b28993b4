// Certificates of one test control plane. They live as long as it does: days, so that no clock trouble is ours.
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 does not start without it
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface PemPair {
  /** PEM */
  readonly certificate: string;
  /** PEM, PKCS #8 */
  readonly key: string;
}

export interface Identity {
  readonly user: string;
  /** Kubernetes takes a client certificate's organizations for the user's groups. */
  readonly groups?: readonly string[];
}

const KEY_ALGORITHM: webcrypto.EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING_ALGORITHM: webcrypto.EcdsaParams = { name: "ECDSA", hash: "SHA-256" };
const HOUR_MS = 3_600_000;
const LIFE_MS = 7 * 24 * HOUR_MS;

/** A CA of its own for each control plane, so that no other one's certificates are ever accepted. */
export async function createAuthority(): Promise<PemPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: [{ CN: ["test-control-plane-ca"] }],
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPemPair(certificate, keys.privateKey);
}

/** A certificate with which `identity` logs in. */
export async function issueClientCertificate(authority: PemPair, identity: Identity): Promise<PemPair> {
  const organizations = (identity.groups ?? []).map((group) => ({ O: [group] }));
  return issue(authority, [...organizations, { CN: [identity.user] }], [x509.ExtendedKeyUsage.clientAuth], []);
}

/** A certificate for a server at `names`: addresses or DNS names. */
export async function issueServerCertificate(authority: PemPair, names: readonly string[]): Promise<PemPair> {
  const alternatives = names.map((name): x509.JsonGeneralName => ({
    type: /^[\d.]+$|:/.test(name) ? "ip" : "dns",
    value: name,
  }));
  return issue(
    authority,
    [{ CN: [names[0] ?? "server"] }],
    [x509.ExtendedKeyUsage.serverAuth],
    [new x509.SubjectAlternativeNameExtension(alternatives)],
  );
}

/** The key that the API server signs ServiceAccount tokens with. It takes no elliptic-curve key in PKCS #8 there. */
export async function createSigningKey(): Promise<string> {
  const { privateKey } = await generateKeys();
  return KeyObject.from(privateKey).export({ type: "sec1", format: "pem" }).toString();
}

async function issue(
  authority: PemPair,
  subject: x509.JsonName,
  usages: x509.ExtendedKeyUsage[],
  extensions: x509.Extension[],
): Promise<PemPair> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...extensions,
    ],
  });
  return toPemPair(certificate, keys.privateKey);
}

/** Backdated, because a machine's clock may be set back while a test runs. */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + LIFE_MS) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), KEY_ALGORITHM, false, ["sign"]);
}

function toPemPair(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): PemPair {
  return { certificate: `${certificate.toString("pem")}\n`, key: toPem(key) };
}

function toPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}
