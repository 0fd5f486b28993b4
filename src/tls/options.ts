import { constants } from "node:crypto";
import type { TlsOptions } from "node:tls";
import type { KeyPair } from "./source.ts";

export const MIN_VERSIONS = ["1.2", "1.3"] as const;
export type MinVersion = (typeof MIN_VERSIONS)[number];

export interface TlsSettings {
  /** Default 1.2. */
  readonly minVersion?: MinVersion;
  /** PEM of the CAs whose client certificates are asked for; null or absent: none is asked for. */
  readonly clientAuthorities?: string | null;
}

/** Suites with authenticated encryption and forward secrecy alone; the first three are TLS 1.3's. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
] as const;

/**
 * All TLS options of the server, for its start and for each `setSecureContext()`: that call replaces everything, so a
 * reload with only the new pair would bring Node's defaults back for the rest.
 *
 * HTTP/1.1 alone: the API server never speaks HTTP/2 to a webhook's Service (apiserver pkg/util/webhook/client.go).
 */
export function tlsOptions(
  pair: KeyPair,
  { minVersion = "1.2", clientAuthorities = null }: TlsSettings = {},
): TlsOptions {
  return {
    cert: pair.cert,
    key: pair.key,
    minVersion: `TLSv${minVersion}`,
    ciphers: CIPHERS.join(":"),
    honorCipherOrder: true,
    ALPNProtocols: ["http/1.1"],
    // Go's client never renegotiates; Node would take part three times for each connection (tls.CLIENT_RENEG_LIMIT).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    // Asked for and not insisted on: probes and the self-dial have none. Who needs one is the route's to say.
    ...(clientAuthorities === null
      ? {}
      : {
          ca: clientAuthorities,
          requestCert: true,
          rejectUnauthorized: false,
          // A resumed session would bring along the verdict of CAs that count no more, and no intermediate CA. The API
          // server resumes none.
          secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
        }),
  };
}
