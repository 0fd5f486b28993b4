// Whether the certificate that the server really serves is one that the API server takes.
import { X509Certificate } from "node:crypto";
import { parseCertificates } from "./ca-bundle.ts";
import { lastTenth } from "./lifetimes.ts";
import type { TrustingEntry } from "./sightings.ts";
import type { KeyPair } from "./source.ts";

export interface ServedQuestion {
  /** What a client got from the server itself. */
  readonly served: X509Certificate;
  /** What the source says is served. */
  readonly current: KeyPair;
  /**
   * The webhook entries that call us, as they were read last, however long ago; null where nobody reads them (files).
   */
  readonly entries: readonly TrustingEntry[] | null;
  readonly now: Date;
}

/** Why the server should get no reviews, as a sentence; null where nothing is wrong. */
export function findServedProblem({ served, current, entries, now }: ServedQuestion): string | null {
  if (served.fingerprint256 !== current.fingerprint) {
    return `the server serves certificate ${served.fingerprint256} and not the current one, ${current.fingerprint}`;
  }
  const time = now.getTime();
  const life = { notBefore: served.validFromDate.getTime(), notAfter: served.validToDate.getTime() };
  if (time < life.notBefore) return `the served certificate is valid only from ${served.validFromDate.toISOString()}`;
  if (time >= lastTenth(life)) {
    return `the served certificate has less than a tenth of its life left: it ends at ${served.validToDate.toISOString()}`;
  }
  return entries === null ? null : findTrustProblem(served, current, entries, time);
}

function findTrustProblem(
  served: X509Certificate,
  { cert }: KeyPair,
  entries: readonly TrustingEntry[],
  time: number,
): string | null {
  if (entries.length === 0) return "no entry of the webhook configuration is known that calls this server";
  const sent = parseCertificates(cert);
  const distrusting = entries.filter(({ authorities }) => {
    const trusted = authorities.map(({ pem }) => new X509Certificate(pem));
    return !chains(served, sent, trusted, time);
  });
  if (distrusting.length === 0) return null;
  const names = distrusting.map(({ name }) => name).join(", ");
  return `the served certificate does not chain to a CA in the caBundle of ${names}`;
}

/** @param sent what the server sends along: intermediate CAs among them */
function chains(
  certificate: X509Certificate,
  sent: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  time: number,
): boolean {
  if (trusted.some((authority) => hasSigned(authority, certificate, time))) return true;
  const others = sent.filter(({ fingerprint256 }) => fingerprint256 !== certificate.fingerprint256);
  return others.some((other) => hasSigned(other, certificate, time) && chains(other, others, trusted, time));
}

function hasSigned(authority: X509Certificate, certificate: X509Certificate, time: number): boolean {
  // Not its beginning: another replica made it, whose clock may be ahead of ours, and the source waits for that already.
  const isOver = time >= authority.validToDate.getTime();
  return !isOver && authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
