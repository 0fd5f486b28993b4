// Whether the certificate that a client presented is one whose reviews are answered.
import type { X509Certificate } from "node:crypto";
import { hasSigned } from "./chain.ts";

export interface PresentedCertificate {
  /** The client's own; null where it presented none. What it sent along Node does not tell a server. */
  readonly certificate: X509Certificate | null;
  /** Whether OpenSSL had nothing against its chain in the handshake, by the CAs of that moment. */
  readonly isVerified: boolean;
  /** Whether those are still the ones that count: a connection may be hours old. */
  readonly isByCurrent: boolean;
}

export const CLIENT_REFUSALS = ["absent", "untrusted", "expired", "name"] as const;
export type ClientRefusalReason = (typeof CLIENT_REFUSALS)[number];

export type ClientVerdict =
  | { readonly kind: "allowed" }
  /** `sentence` is for whoever reads the API server's log: nothing in it is the client's own text. */
  | { readonly kind: "refused"; readonly reason: ClientRefusalReason; readonly sentence: string }
  /** The CAs have changed: only another handshake can tell whether its chain still ends at one. */
  | { readonly kind: "unknown" };

export interface ClientQuestion {
  readonly presented: PresentedCertificate;
  /** The CAs that count now. */
  readonly authorities: readonly X509Certificate[];
  /** Allowed names; empty: every one. */
  readonly names: readonly string[];
  readonly now: Date;
}

export function judgeClient({ presented, authorities, names, now }: ClientQuestion): ClientVerdict {
  const { certificate, isVerified, isByCurrent } = presented;
  if (certificate === null) {
    const sentence = "This webhook asks for a client certificate of a CA in its --client-ca, and there was none.";
    return { kind: "refused", reason: "absent", sentence };
  }
  const time = now.getTime();
  if (time < certificate.validFromDate.getTime() || time >= certificate.validToDate.getTime()) {
    return { kind: "refused", reason: "expired", sentence: "The client certificate is not valid now." };
  }
  if (!isVerified) {
    const sentence = "The client certificate does not chain to a CA in --client-ca.";
    return { kind: "refused", reason: "untrusted", sentence };
  }
  if (names.length > 0 && !namesOf(certificate).some((name) => names.includes(name))) {
    const sentence = "The client certificate has no name that --client-name allows.";
    return { kind: "refused", reason: "name", sentence };
  }
  const isKnown = isByCurrent || authorities.some((authority) => hasSigned(authority, certificate, time));
  return { kind: isKnown ? "allowed" : "unknown" };
}

/** The common names, and the alternative names of every kind that is text. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const { CN: commonName = [] } = certificate.toLegacyObject().subject as { readonly CN?: string | readonly string[] };
  return [...[commonName].flat(), ...alternativeNames(certificate.subjectAltName ?? "")];
}

/**
 * Node writes `DNS:a, URI:"b, c"`: what could be taken for the list's own punctuation stands in JSON's quotes. Another
 * name's value has its type before it, as in `othername:UPN::x`, and so is equal to nothing that is allowed.
 */
function alternativeNames(list: string): readonly string[] {
  const names = list.matchAll(/(?:^|, )(?:DNS|IP Address|URI|email):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g);
  return [...names].map(([, quoted, plain = ""]) => (quoted === undefined ? plain : (JSON.parse(quoted) as string)));
}
