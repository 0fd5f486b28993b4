/**
 * How a client says that it does not trust the certificate: Go sends bad_certificate for whatever crypto/x509 finds
 * (crypto/tls handshake_client.go verifyServerCertificate), OpenSSL the others.
 */
const CODES: ReadonlySet<string> = new Set([
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
]);

/** Whether an error of the server's `tlsClientError` is a client that does not trust our certificate. */
export function isDistrustAlert(error: Error): boolean {
  return CODES.has((error as NodeJS.ErrnoException).code ?? "");
}
