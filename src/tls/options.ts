import type { TlsOptions } from "node:tls";
import type { KeyPair } from "./source.ts";

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
export function tlsOptions(pair: KeyPair): TlsOptions {
  return {
    cert: pair.cert,
    key: pair.key,
    minVersion: "TLSv1.2",
    ciphers: CIPHERS.join(":"),
    honorCipherOrder: true,
    ALPNProtocols: ["http/1.1"],
  };
}
