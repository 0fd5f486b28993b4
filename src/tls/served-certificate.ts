// Whether the certificate that the server really serves is one that the API server takes.
import { X509Certificate } from "node:crypto";
import { parseCertificates } from "./ca-bundle.ts";
import { chainEnd, chainsTo } from "./chain.ts";
import { lastTenth } from "./lifetimes.ts";
import type { TrustingEntry } from "./sightings.ts";
import type { KeyPair } from "./source.ts";

export interface ServedQuestion {
  /** What a client got from the server itself. */
  readonly served: X509Certificate;
  /** What the source says is served. */
  readonly current: KeyPair;
  /**
   * All replicas serve this one: then nobody would be helped by all of them getting no reviews while it is still valid. A
   * replica's own one ends its turn a tenth earlier, and the others, whose renewal did not fail, serve.
   */
  readonly isShared: boolean;
  /**
   * The webhook entries that call us, as they were read last, however long ago; null where nobody reads them (files).
   */
  readonly entries: readonly TrustingEntry[] | null;
  readonly now: Date;
}

/** Why the server should get no reviews, as a sentence; null where nothing is wrong. */
export function findServedProblem({ served, current, isShared, entries, now }: ServedQuestion): string | null {
  if (served.fingerprint256 !== current.fingerprint) {
    return `the server serves certificate ${served.fingerprint256} and not the current one, ${current.fingerprint}`;
  }
  const time = now.getTime();
  const life = { notBefore: served.validFromDate.getTime(), notAfter: served.validToDate.getTime() };
  if (time < life.notBefore) return `the served certificate is valid only from ${served.validFromDate.toISOString()}`;
  const end = served.validToDate.toISOString();
  if (time >= life.notAfter) return `the served certificate has ended at ${end}`;
  if (!isShared && time >= lastTenth(life)) {
    return `the served certificate has less than a tenth of its life left: it ends at ${end}`;
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
    return !chainsTo(served, sent, trusted, time);
  });
  if (distrusting.length === 0) return null;
  const names = distrusting.map(({ name }) => name).join(", ");
  return `the served certificate does not chain to a CA in the caBundle of ${names}`;
}

/**
 * When the served certificate stops to be trusted because of its CA, whatever its own end: for each entry the end of the
 * CA that it leads to, and of those the first; null where an entry has none, or nobody reads the entries.
 */
export function findAuthorityEnd({ cert }: KeyPair, entries: readonly TrustingEntry[] | null, now: Date): Date | null {
  const [served, ...sent] = parseCertificates(cert);
  if (served === undefined || entries === null || entries.length === 0) return null;
  const ends = entries.map(({ authorities }) => {
    const trusted = authorities.map(({ pem }) => new X509Certificate(pem));
    return chainEnd(served, sent, trusted, now.getTime())?.validToDate.getTime() ?? null;
  });
  return ends.includes(null) ? null : new Date(Math.min(...ends.map((end) => end ?? 0)));
}
