// What becomes of certificates while we run: one log line and its metrics.
import { type CertificateEvent, describeCertificateEvent } from "../tls/certificate-event.ts";
import type { ReadClientAuthorities } from "../tls/client-authority.ts";
import type { CheckedKeyPair } from "../tls/key-pair.ts";
import { errorFields, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Counts and logs what came of changed certificate files. */
export function recordCertificateReload(log: Log, metrics: Metrics, reload: CheckedKeyPair): void {
  if (reload.kind === "pair") {
    const { fingerprint, notAfter } = reload.pair;
    metrics.certificateRead(reload.pair);
    log.info({ fingerprint, notAfter }, "certificate reloaded");
    return;
  }
  metrics.certificateRead("refused");
  log.error({ why: reload.why }, "certificate refused: the one from before goes on serving");
}

/** Counts and logs what the self-signed source did. */
export function recordCertificateEvent(log: Log, metrics: Metrics, event: CertificateEvent): void {
  const { level, message } = describeCertificateEvent(event);
  const isBug = event.kind === "problem" && event.error !== undefined;
  log[level]({ certificate: event.kind, ...(isBug ? { error: errorFields(event.error) } : {}) }, message);
  switch (event.kind) {
    case "leaf":
      metrics.certificateRead(event);
      metrics.rotated({ step: "leaf", cause: event.cause });
      return;
    case "secret":
      metrics.rotated({ step: "secret", cause: event.cause });
      return;
    case "bundles":
      metrics.rotated({ step: "bundles", cause: "patch" });
      return;
    case "problem":
      metrics.certificateProblem(event.why !== null);
      return;
    default:
      event satisfies never;
  }
}

/** Counts and logs what came of a changed --client-ca. */
export function recordClientAuthorities(log: Log, metrics: Metrics, reload: ReadClientAuthorities): void {
  if (reload.kind === "authorities") {
    metrics.clientAuthoritiesRead("taken");
    log.info({ authorities: reload.authorities.certificates.length }, "client CAs reloaded");
    return;
  }
  metrics.clientAuthoritiesRead("refused");
  log.error({ why: reload.why }, "client CAs refused: those from before go on counting");
}
