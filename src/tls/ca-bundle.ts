// The caBundle of a webhook entry: PEM certificates that the API server trusts for it, in base64.
import { X509Certificate } from "node:crypto";

/** A CA without its key, as everybody may know it. */
export interface AuthorityCertificate {
  /** SHA-256 of the certificate, `AA:BB:…`. */
  readonly id: string;
  readonly pem: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export function toAuthorityCertificate(certificate: X509Certificate): AuthorityCertificate {
  return {
    id: certificate.fingerprint256,
    pem: certificate.toString(),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** The certificates of a bundle, each once. */
export function parseBundle(caBundle: string): readonly AuthorityCertificate[] {
  const found = parseCertificates(Buffer.from(caBundle, "base64").toString("latin1")).map(toAuthorityCertificate);
  return [...new Map(found.map((authority) => [authority.id, authority])).values()];
}

/**
 * The certificates in PEM. What is none is left out, as are blocks with headers: Go does the same (crypto/x509
 * AppendCertsFromPEM).
 */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-:]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(parseCertificate).filter((certificate) => certificate !== null);
}

/** The bundle of these certificates, in their order. */
export function buildBundle(authorities: readonly AuthorityCertificate[]): string {
  return Buffer.from(authorities.map(({ pem }) => (pem.endsWith("\n") ? pem : `${pem}\n`)).join("")).toString("base64");
}

/** null: no certificate. */
export function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
