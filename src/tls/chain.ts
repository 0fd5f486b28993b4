import type { X509Certificate } from "node:crypto";

/**
 * Whether `certificate` leads to one of the trusted, by signatures and the ends of CAs. Not their beginnings: another
 * machine made them, whose clock may be ahead of ours.
 *
 * @param sent what was sent along: intermediate CAs among them
 * @param time milliseconds since 1970
 */
export function chainsTo(
  certificate: X509Certificate,
  sent: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  time: number,
): boolean {
  return chainEnd(certificate, sent, trusted, time) !== null;
}

/** The trusted CA that `certificate` leads to: of several the one that lives longest; null where there is none. */
export function chainEnd(
  certificate: X509Certificate,
  sent: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  time: number,
): X509Certificate | null {
  const others = sent.filter(({ fingerprint256 }) => fingerprint256 !== certificate.fingerprint256);
  const ends = [
    ...trusted.filter((authority) => hasSigned(authority, certificate, time)),
    ...others
      .filter((other) => hasSigned(other, certificate, time))
      .map((other) => chainEnd(other, others, trusted, time)),
  ].filter((end) => end !== null);
  return ends.reduce<X509Certificate | null>(
    (longest, end) => (longest === null || end.validToDate > longest.validToDate ? end : longest),
    null,
  );
}

/** `authority` is a CA that is not over, and signed `certificate`. */
export function hasSigned(authority: X509Certificate, certificate: X509Certificate, time: number): boolean {
  const isOver = time >= authority.validToDate.getTime();
  return !isOver && authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
