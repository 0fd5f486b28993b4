// Whose reviews `serve` answers.
import type { ClientGateOptions } from "../server/client-gate.ts";
import { recordClientAuthorities } from "../telemetry/certificate-log.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openClientAuthority } from "../tls/client-authority.ts";
import type { ClientFlags } from "./tls-flags.ts";

export type OpenedClients =
  | { readonly kind: "open"; readonly clients: ClientGateOptions | null; readonly close: () => Promise<void> }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

interface Ground {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** @param flags null: everybody's */
export async function openClients(flags: ClientFlags | null, { log, metrics, now }: Ground): Promise<OpenedClients> {
  if (flags === null) return { kind: "open", clients: null, close: async () => {} };
  const opened = await openClientAuthority({
    file: flags.caFile,
    now,
    onReload: (reload) => recordClientAuthorities(log, metrics, reload),
  });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--client-ca: ${opened.why}`] };
  metrics.clientAuthoritiesRead("taken");
  const { authority } = opened;
  return { kind: "open", clients: { authority, names: flags.names, now }, close: () => authority.close() };
}
