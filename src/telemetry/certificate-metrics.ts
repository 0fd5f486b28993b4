import { Counter, Gauge, type Registry } from "prom-client";
import { CLIENT_REFUSALS, type ClientRefusalReason } from "../tls/client-check.ts";

/** A step of the self-signed source; `cause` is a word of ours. */
export interface RotationStep {
  readonly step: "leaf" | "secret" | "bundles";
  readonly cause: string;
}

export interface CertificateMetrics {
  certificateRead(result: { readonly notAfter: Date } | "refused"): void;
  /** `end`: when the served certificate stops to be trusted because of its CA; null where that is not known. */
  followAuthorityEnd(end: () => Date | null): void;
  rotated(step: RotationStep): void;
  /** Whether something stands in the way of keeping certificates and caBundles. */
  certificateProblem(isThere: boolean): void;
  clientAuthoritiesRead(result: "taken" | "refused"): void;
  clientRefused(reason: ClientRefusalReason): void;
}

/** Everything about certificates, in the server's registry. */
export function createCertificateMetrics(registry: Registry): CertificateMetrics {
  const registers = [registry];
  let authorityEnd: (() => Date | null) | null = null;
  const reloads = new Counter({
    registers,
    name: "kata_thp_tls_reloads_total",
    help: "Times that the certificate was read or made, the first one included, by result.",
    labelNames: ["result"],
  });
  const notAfter = new Gauge({
    registers,
    name: "kata_thp_tls_not_after_timestamp_seconds",
    help: "When the certificate that serves expires.",
  });
  const authorityNotAfter = new Gauge({
    registers,
    name: "kata_thp_tls_ca_not_after_timestamp_seconds",
    help: "When the CA of the certificate that serves expires, as the caBundles have it; absent where nobody reads them.",
    collect() {
      const end = authorityEnd?.() ?? null;
      if (end === null) authorityNotAfter.remove();
      else authorityNotAfter.set(end.getTime() / 1000);
    },
  });
  const rotations = new Counter({
    registers,
    name: "kata_thp_tls_rotations_total",
    help: "With self-signed: what this pod did to keep certificates: its leaf, the Secret, the caBundles; and why.",
    labelNames: ["step", "cause"],
  });
  const problem = new Gauge({
    registers,
    name: "kata_thp_tls_problem",
    help: "1: something stands in the way of keeping certificates and caBundles, or of reading them; the log says what.",
  });
  const clientReloads = new Counter({
    registers,
    name: "kata_thp_client_ca_reloads_total",
    help: "Times that the file of --client-ca was read, the first one included, by result.",
    labelNames: ["result"],
  });
  const clientsRefused = new Counter({
    registers,
    name: "kata_thp_client_certificates_refused_total",
    help: "Reviews that were refused for the client's certificate, by what was wrong with it.",
    labelNames: ["reason"],
  });
  // A counter that first appears with its first error has no increase() to alert on.
  for (const counter of [reloads, clientReloads]) {
    for (const result of ["taken", "refused"]) counter.inc({ result }, 0);
  }
  for (const reason of CLIENT_REFUSALS) clientsRefused.inc({ reason }, 0);

  return {
    certificateRead(result): void {
      reloads.inc({ result: result === "refused" ? "refused" : "taken" });
      if (result !== "refused") notAfter.set(result.notAfter.getTime() / 1000);
    },
    followAuthorityEnd(end): void {
      authorityEnd = end;
    },
    rotated: ({ step, cause }) => rotations.inc({ step, cause }),
    certificateProblem: (isThere) => problem.set(isThere ? 1 : 0),
    clientAuthoritiesRead: (result) => clientReloads.inc({ result }),
    clientRefused: (reason) => clientsRefused.inc({ reason }),
  };
}
