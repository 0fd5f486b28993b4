// Where `serve` has its certificate from: files, one agreed on with the other replicas, or one for development.
import type { AddressInfo } from "node:net";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { recordCertificateReload } from "../telemetry/reload-log.ts";
import type { SelfDial } from "../tls/self-dial.ts";
import type { CertificateSource } from "../tls/source.ts";
import { VERSION } from "../version.ts";

export type CertificateFlags =
  | { readonly kind: "dev" }
  | { readonly kind: "files"; readonly certFile: string; readonly keyFile: string }
  | {
      readonly kind: "self-signed";
      readonly secret: { readonly namespace: string; readonly name: string };
      readonly webhookConfiguration: string;
      /** The Service that the API server calls. */
      readonly service: { readonly namespace: string; readonly name: string };
      readonly kubeconfig: string | null;
      readonly context: string | null;
    };

export type OpenedCertificate =
  | {
      readonly kind: "open";
      readonly source: CertificateSource;
      /** For the server's tlsClientError: the API server may just have said that it trusts us no more. */
      readonly onClientError: ((error: Error) => void) | null;
      /** Begins to dial the server's own port, for readiness; null where nobody else serves on it in any case. */
      readonly dial: ((address: AddressInfo) => Promise<SelfDial>) | null;
    }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

interface Ground {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** What makes certificates takes 150 ms to load, so each source is loaded only where it is used. */
export async function openCertificate(
  flags: CertificateFlags,
  ground: Ground,
  caFile: () => string,
): Promise<OpenedCertificate> {
  switch (flags.kind) {
    case "dev": {
      const source = await (await import("../tls/dev-source.ts")).createDevSource(caFile(), ground.now());
      ground.metrics.certificateRead(source.current());
      return { kind: "open", source, onClientError: null, dial: null };
    }
    case "files":
      return await openFiles(flags, ground);
    case "self-signed":
      return await openSelfSigned(flags, ground);
    default:
      return flags satisfies never;
  }
}

async function openFiles(
  { certFile, keyFile }: Extract<CertificateFlags, { kind: "files" }>,
  { log, metrics, now }: Ground,
): Promise<OpenedCertificate> {
  const { openCertificateFiles } = await import("../tls/file-source.ts");
  const opened = await openCertificateFiles({
    certFile,
    keyFile,
    now,
    onReload: (reload) => recordCertificateReload(log, metrics, reload),
  });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--tls-cert and --tls-key: ${opened.why}`] };
  const { source } = opened;
  metrics.certificateRead(source.current());
  const dial = async (address: AddressInfo): Promise<SelfDial> =>
    (await import("../tls/self-dial.ts")).startSelfDial({
      target: { ...ownAddress(address), servername: "localhost" },
      source,
      // Nobody here reads the caBundle: whoever writes the files sees to it.
      entries: () => null,
      now,
    });
  return { kind: "open", source, onClientError: null, dial };
}

async function openSelfSigned(
  { secret, webhookConfiguration, service, kubeconfig, context }: Extract<CertificateFlags, { kind: "self-signed" }>,
  { log, metrics, now }: Ground,
): Promise<OpenedCertificate> {
  const [{ openConnection }, { createClusterCertificateStore }, { createSelfSignedSource }, events, alert, selfDial] =
    await Promise.all([
      import("../cluster/api-connection.ts"),
      import("../cluster/certificate-store.ts"),
      import("../tls/self-signed-source.ts"),
      import("../tls/certificate-event.ts"),
      import("../tls/distrust-alert.ts"),
      import("../tls/self-dial.ts"),
    ]);
  const opened = await openConnection({ kubeconfig, context, env: process.env });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--tls-source self-signed: ${opened.why}`] };
  const { connection } = opened;
  const userAgent = `kata-thp-webhook/${VERSION}`;
  const host = `${service.name}.${service.namespace}.svc`;
  const source = await createSelfSignedSource({
    store: createClusterCertificateStore({ connection, userAgent, secret, webhookConfiguration }),
    names: [host, `${host}.cluster.local`, `${service.name}.${service.namespace}`],
    now,
    onEvent: (event) => {
      const { level, message } = events.describeCertificateEvent(event);
      log[level]({ certificate: event.kind }, message);
      if (event.kind === "leaf") metrics.certificateRead(event);
      else if (event.kind === "problem" && event.why !== null) metrics.certificateRead("refused");
    },
  });
  source.start();
  return {
    kind: "open",
    source,
    onClientError: (error) => {
      if (alert.isDistrustAlert(error)) source.suspect();
    },
    dial: async (address) =>
      selfDial.startSelfDial({
        target: { ...ownAddress(address), servername: host },
        source,
        entries: () => source.state().entries ?? [],
        now,
      }),
  };
}

/** An address that stands for all of the host's own is dialled on the loopback. */
function ownAddress({ address, port }: AddressInfo): { readonly host: string; readonly port: number } {
  const loopback: Readonly<Record<string, string>> = { "::": "::1", "0.0.0.0": "127.0.0.1" };
  return { host: loopback[address] ?? address, port };
}
