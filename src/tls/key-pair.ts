import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { tlsOptions } from "./options.ts";
import type { KeyPair } from "./source.ts";

export type CheckedKeyPair =
  | { readonly kind: "pair"; readonly pair: KeyPair }
  /** `why` is a sentence for a log: it never holds any part of the key. */
  | { readonly kind: "refused"; readonly why: string };

/**
 * Checks before anything is replaced: a pair that OpenSSL refuses would throw out of setSecureContext, and one that is
 * expired would be served without a word.
 *
 * @param cert PEM, the server's certificate first, then its chain
 * @param key PEM without a passphrase
 * @param host the name that clients verify; null: nobody knows it here
 */
export function checkKeyPair(cert: string, key: string, now: Date, host: string | null = null): CheckedKeyPair {
  let certificate: X509Certificate;
  let privateKey: KeyObject;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return refused("the certificate is not readable; allowed: PEM with the server's certificate first");
  }
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return refused("the key is not readable; allowed: PEM of a private key without a passphrase");
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    return refused("the key does not belong to the certificate; the two files must come from the same issue");
  }
  // Go looks at alternative names alone, never at the subject's common name.
  if (host !== null && certificate.checkHost(host, { subject: "never" }) === undefined) {
    const names = certificate.subjectAltName ?? "none";
    return refused(`the certificate is not for ${host}, which the API server asks for; its names: ${names}`);
  }
  const [notBefore, notAfter] = [certificate.validFromDate, certificate.validToDate];
  if (now < notBefore) {
    return refused(`the certificate is valid only from ${notBefore.toISOString()} (now ${now.toISOString()})`);
  }
  if (now >= notAfter)
    return refused(`the certificate expired at ${notAfter.toISOString()} (now ${now.toISOString()})`);
  const pair: KeyPair = { cert, key, notBefore, notAfter, fingerprint: certificate.fingerprint256 };
  try {
    createSecureContext(tlsOptions(pair));
  } catch (error) {
    // A chain with garbage behind its first certificate, or a key too short for OpenSSL's security level.
    const why = error instanceof Error ? error.message : String(error);
    return refused(`OpenSSL does not take the pair (${why})`);
  }
  return { kind: "pair", pair };
}

function refused(why: string): CheckedKeyPair {
  return { kind: "refused", why };
}
