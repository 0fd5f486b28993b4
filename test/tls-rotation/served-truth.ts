// Whether the API server would take a leaf, judged without any code of the webhook's.
import { X509Certificate } from "node:crypto";
import type { KeyPair } from "../../src/tls/source.ts";
import type { MemoryWebhook } from "./memory-cluster.ts";

/** From when to when one webhook entry takes a leaf; null: never. */
interface Span {
  readonly from: number;
  readonly until: number;
}

const spans = new WeakMap<MemoryWebhook, Map<string, Span | null>>();

/** Every entry's caBundle holds a CA that signed the leaf, and all dates hold at `now`. */
export function isTaken(pair: KeyPair, webhooks: readonly MemoryWebhook[], now: number): boolean {
  return takenUntil(pair, webhooks, now) > now;
}

/** Until when it is so without a break; a time that is over where it is not so. */
export function takenUntil(pair: KeyPair, webhooks: readonly MemoryWebhook[], now: number): number {
  if (webhooks.length === 0) return -Infinity;
  const ends = webhooks.map((webhook) => {
    const span = spanOf(pair, webhook);
    return span !== null && span.from <= now ? span.until : -Infinity;
  });
  return Math.min(...ends);
}

/** The fingerprints of the certificates in a caBundle. */
export function idsIn(caBundle: string): readonly string[] {
  return certificatesIn(caBundle).map((certificate) => certificate.fingerprint256);
}

export function certificatesIn(caBundle: string): readonly X509Certificate[] {
  const blocks = Buffer.from(caBundle, "base64").toString().split("-----END CERTIFICATE-----");
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(`${block}-----END CERTIFICATE-----\n`)];
    } catch {
      return [];
    }
  });
}

function spanOf(pair: KeyPair, webhook: MemoryWebhook): Span | null {
  const known = spans.get(webhook) ?? new Map<string, Span | null>();
  spans.set(webhook, known);
  const span = known.get(pair.fingerprint) ?? findSpan(new X509Certificate(pair.cert), webhook.host, webhook.caBundle);
  known.set(pair.fingerprint, span);
  return span;
}

function findSpan(leaf: X509Certificate, host: string, caBundle: string): Span | null {
  const signer = certificatesIn(caBundle).find(
    (authority) => authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
  );
  if (signer === undefined || leaf.checkHost(host) === undefined) return null;
  return {
    from: Math.max(leaf.validFromDate.getTime(), signer.validFromDate.getTime()),
    until: Math.min(leaf.validToDate.getTime(), signer.validToDate.getTime()),
  };
}
