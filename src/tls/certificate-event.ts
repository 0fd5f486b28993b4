// What the self-signed source does, for metrics and the log.
import type { LeafCause } from "./leaf-order.ts";
import type { WriteCause } from "./rotation-steps.ts";

export type CertificateEvent =
  /** Another certificate is served. */
  | {
      readonly kind: "leaf";
      readonly cause: LeafCause;
      readonly fingerprint: string;
      readonly notAfter: Date;
      /** The CA's fingerprint. */
      readonly authority: string;
    }
  /** This replica wrote the Secret; `authority` is the current CA's fingerprint from then on. */
  | {
      readonly kind: "secret";
      readonly cause: WriteCause | "create" | "introduce";
      readonly authority: string;
    }
  /** This replica wrote caBundles of these webhooks. */
  | { readonly kind: "bundles"; readonly webhooks: readonly string[] }
  /** What stands in the way now; null: nothing any more. Said once for each change. `error`: it is a bug, and this its stack. */
  | { readonly kind: "problem"; readonly why: string | null; readonly error?: unknown };

export interface CertificateLine {
  readonly level: "info" | "warn";
  readonly message: string;
}

/** What the log says of an event: no part of a key, and of other people's text only what the API server said. */
export function describeCertificateEvent(event: CertificateEvent): CertificateLine {
  switch (event.kind) {
    case "leaf": {
      const { cause, notAfter, fingerprint, authority } = event;
      const message = `serving certificate ${fingerprint} of CA ${authority} until ${notAfter.toISOString()} (${cause})`;
      return { level: "info", message };
    }
    case "secret":
      return { level: "info", message: `${WRITES[event.cause]} (the current CA is ${event.authority})` };
    case "bundles":
      return { level: "info", message: `wrote the caBundle of ${event.webhooks.join(", ")}` };
    case "problem":
      return event.why === null
        ? { level: "info", message: "certificates: nothing is in the way any more" }
        : { level: "warn", message: `certificates: ${event.why}` };
    default:
      return event satisfies never;
  }
}

/** The sentence for an error that nothing should have thrown; `what` says what it ended, as in "a check ended with". */
export function unexpectedly(what: string, error: unknown): string {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error} that is no Error`;
  return `${what} ${said}; this is a bug, please report it. It is tried again`;
}

const WRITES = {
  create: "made a CA and wrote it to the Secret",
  introduce: "made the next CA and wrote it to the Secret",
  promote: "the next CA is the current one now",
  adopt: "CAs that the Secret did not know are in it now as retired ones",
  restore: "wrote the CA that this replica remembers back to the Secret",
  drop: "a retired CA leaves the caBundles: its last leaf has expired",
  forget: "a retired CA left the Secret",
} as const;
