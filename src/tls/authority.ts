// CAs and the leaves that they sign: X.509 on WebCrypto, which node:crypto alone cannot make.
// oxlint-disable-next-line import/no-unassigned-import -- its effect is what is wanted
import "reflect-metadata"; // @peculiar/x509 does not start without it
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as ParsedCertificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type AuthorityCertificate, toAuthorityCertificate } from "./ca-bundle.ts";
import { checkKeyPair } from "./key-pair.ts";
import type { KeyPair } from "./source.ts";

/** A CA with its key: whoever has it can sign. */
export interface Authority extends AuthorityCertificate {
  /** PEM. */
  readonly key: string;
}

export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export type ReadAuthority =
  | { readonly kind: "authority"; readonly authority: Authority }
  /** `why` is a sentence that never holds any part of the key. */
  | { readonly kind: "refused"; readonly why: string };

/** What makes certificates: makeAuthority and issueLeaf. */
export interface CertificateMaker {
  makeAuthority(validity: Validity): Promise<Authority>;
  issueLeaf(authority: Authority, names: readonly string[], validity: Validity, now: Date): Promise<KeyPair>;
}

/** EC and not RSA: an RSA key blocks the event loop for a quarter of a second and more. */
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SHA_256 = { name: "ECDSA", hash: "SHA-256" } as const;
const SERVER_PURPOSES: ReadonlySet<string> = new Set([ExtendedKeyUsage.serverAuth, "2.5.29.37.0"]);
/** The OID 2.5.29.30 in DER; to take the whole certificate apart for it costs milliseconds. */
const NAME_CONSTRAINTS: Buffer = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e]);

/** Makes a CA. Its name is not shared by another one, so that a chain by names alone has one end only. */
export async function makeAuthority(validity: Validity): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...toDates(validity),
    name: `CN=kata-thp-webhook CA ${randomBytes(6).toString("hex")}`,
    keys,
    signingAlgorithm: SHA_256,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = `${certificate.toString("pem")}\n`;
  return { ...toAuthorityCertificate(new X509Certificate(pem)), key: await toPem(keys.privateKey) };
}

/**
 * Checks that a pair out of the Secret can sign what the API server takes. Dates are not looked at.
 *
 * Go ignores a root's signature but not its extensions (crypto/x509 verify.go isValid, CheckSignatureFrom).
 */
export function readAuthority(certificatePem: string, keyPem: string): ReadAuthority {
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(certificatePem);
  } catch {
    return refused("the certificate is not readable PEM");
  }
  try {
    key = createPrivateKey(keyPem);
  } catch {
    return refused("the key is not readable PEM of a private key without a passphrase");
  }
  if (!certificate.ca) return refused("the certificate is no CA (CA:TRUE, and keyCertSign where it has a key usage)");
  // Node calls the extended key usage so. @types/node has it as always there.
  const purposes = certificate.keyUsage as string[] | undefined;
  if (purposes !== undefined && !purposes.some((purpose) => SERVER_PURPOSES.has(purpose))) {
    return refused("the CA must not sign servers' certificates (its extended key usage lacks serverAuth)");
  }
  if (certificate.raw.includes(NAME_CONSTRAINTS)) return refused("the CA is limited to some names");
  if (!certificate.checkPrivateKey(key)) return refused("the key does not belong to the certificate");
  if (signatureOf(key) === null) return refused("the key is neither RSA nor on P-256, P-384 or P-521");
  return { kind: "authority", authority: { ...toAuthorityCertificate(certificate), key: keyPem } };
}

/**
 * Signs a certificate for a server with these names, with a key of its own that is nowhere else.
 *
 * @param names DNS names and addresses
 * @throws Error when what was made is not what OpenSSL takes, as from a CA of somebody else's with oddities of its own
 */
export async function issueLeaf(
  authority: Authority,
  names: readonly string[],
  validity: Validity,
  now: Date,
): Promise<KeyPair> {
  const issuer = new ParsedCertificate(authority.pem);
  const signing = signatureOf(createPrivateKey(authority.key));
  if (signing === null) throw new TypeError("an authority was not read by readAuthority");
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    ...toDates(validity),
    subject: "CN=kata-thp-webhook",
    // The name itself: as text it could come back in another encoding, and names are compared byte by byte.
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: signing.key,
    signingAlgorithm: signing.algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value): JsonGeneralName => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await identifierOf(issuer),
    ],
  });
  const issued = new X509Certificate(certificate.toString("pem"));
  const signer = new X509Certificate(authority.pem);
  if (!issued.checkIssued(signer) || !issued.verify(signer.publicKey)) {
    throw new Error("the certificate that was just made does not verify against its CA");
  }
  const checked = checkKeyPair(`${certificate.toString("pem")}\n`, await toPem(keys.privateKey), now);
  if (checked.kind === "refused") throw new Error(`the certificate that was just made is wrong: ${checked.why}`);
  return checked.pair;
}

/** The CA's own identifier, which need not be the hash that ours is. */
async function identifierOf(issuer: ParsedCertificate): Promise<AuthorityKeyIdentifierExtension> {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension);
  return own === null
    ? await AuthorityKeyIdentifierExtension.create(issuer.publicKey)
    : new AuthorityKeyIdentifierExtension(own.keyId);
}

interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: webcrypto.EcdsaParams | webcrypto.RsaHashedImportParams;
}

/** Ours are on P-256; others are what a person or a later version may have put into the Secret. */
function signatureOf(key: KeyObject): SigningKey | null {
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return { key: key.toCryptoKey(algorithm, false, ["sign"]), algorithm };
  }
  const curve = CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? "");
  if (key.asymmetricKeyType !== "ec" || curve === undefined) return null;
  return { key: key.toCryptoKey({ name: "ECDSA", namedCurve: curve }, false, ["sign"]), algorithm: SHA_256 };
}

/** OpenSSL's names → WebCrypto's. */
const CURVES: ReadonlyMap<string, string> = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

/** X.509 knows whole seconds; both ends are rounded down, so that no leaf outlives its CA by a fraction. */
function toDates({ notBefore, notAfter }: Validity): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: new Date(Math.floor(notBefore / 1000) * 1000),
    notAfter: new Date(Math.floor(notAfter / 1000) * 1000),
  };
}

function refused(why: string): ReadAuthority {
  return { kind: "refused", why };
}
