// Where `serve` has its certificate from: files, one agreed on with the other replicas, or one for development.
import type { AddressInfo } from "node:net";
import { recordCertificateEvent, recordCertificateReload } from "../telemetry/certificate-log.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { FollowedEntries } from "../tls/followed-entries.ts";
import type { SelfDial } from "../tls/self-dial.ts";
import { findAuthorityEnd } from "../tls/served-certificate.ts";
import type { TrustingEntry } from "../tls/sightings.ts";
import type { CertificateSource } from "../tls/source.ts";
import { VERSION } from "../version.ts";
import type { CertificateFlags, ClusterFlags, ObjectName } from "./tls-flags.ts";

const USER_AGENT = `kata-thp-webhook/${VERSION}`;

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
  flags: Extract<CertificateFlags, { kind: "files" }>,
  { log, metrics, now }: Ground,
): Promise<OpenedCertificate> {
  const { certFile, keyFile, service, webhookConfiguration, cluster } = flags;
  const host = service === null ? null : hostOf(service);
  const { openCertificateFiles } = await import("../tls/file-source.ts");
  const opened = await openCertificateFiles({
    certFile,
    keyFile,
    now,
    host,
    onReload: (reload) => recordCertificateReload(log, metrics, reload),
  });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--tls-cert and --tls-key: ${opened.why}`] };
  const { source } = opened;
  const followed =
    host === null || webhookConfiguration === null
      ? null
      : await openEntries({ webhookConfiguration, host, cluster }, log, metrics);
  if (followed?.kind === "invalid") {
    await source.close();
    return followed;
  }
  metrics.certificateRead(source.current());
  // Where nobody here reads the caBundle, whoever writes the files sees to it.
  const entries = followed?.entries ?? ((): null => null);
  metrics.followAuthorityEnd(authorityEnd(source, entries, now));
  const dial = async (address: AddressInfo): Promise<SelfDial> =>
    (await import("../tls/self-dial.ts")).startSelfDial({
      target: { ...ownAddress(address), servername: host ?? "localhost" },
      source,
      isShared: true,
      entries,
      now,
    });
  const close = async (): Promise<void> => void (await Promise.all([source.close(), followed?.close()]));
  return { kind: "open", source: { ...source, close }, onClientError: null, dial };
}

type OpenedEntries =
  | (Pick<FollowedEntries, "entries" | "close"> & { readonly kind: "open" })
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

async function openEntries(
  {
    webhookConfiguration,
    host,
    cluster,
  }: { readonly webhookConfiguration: string; readonly host: string; readonly cluster: ClusterFlags },
  log: Log,
  metrics: Metrics,
): Promise<OpenedEntries> {
  const [{ openConnection }, { createClusterCertificateStore }, { followEntries }] = await Promise.all([
    import("../cluster/api-connection.ts"),
    import("../cluster/certificate-store.ts"),
    import("../tls/followed-entries.ts"),
  ]);
  const opened = await openConnection({ ...cluster, env: process.env });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--webhook-configuration: ${opened.why}`] };
  const store = createClusterCertificateStore({
    connection: opened.connection,
    userAgent: USER_AGENT,
    // Not read: the source that needs it is another one.
    secret: { namespace: "", name: "" },
    webhookConfiguration,
  });
  const followed = followEntries({
    store,
    names: [host],
    onProblem: (why, error) => recordCertificateEvent(log, metrics, { kind: "problem", why, error }),
  });
  return { kind: "open", entries: () => followed.entries(), close: () => followed.close() };
}

async function openSelfSigned(
  { secret, webhookConfiguration, service, cluster }: Extract<CertificateFlags, { kind: "self-signed" }>,
  { log, metrics, now }: Ground,
): Promise<OpenedCertificate> {
  const [{ openConnection }, { createClusterCertificateStore }, { createSelfSignedSource }, alert, selfDial] =
    await Promise.all([
      import("../cluster/api-connection.ts"),
      import("../cluster/certificate-store.ts"),
      import("../tls/self-signed-source.ts"),
      import("../tls/distrust-alert.ts"),
      import("../tls/self-dial.ts"),
    ]);
  const opened = await openConnection({ ...cluster, env: process.env });
  if (opened.kind === "refused") return { kind: "invalid", errors: [`--tls-source self-signed: ${opened.why}`] };
  const { connection } = opened;
  const host = hostOf(service);
  const source = await createSelfSignedSource({
    store: createClusterCertificateStore({ connection, userAgent: USER_AGENT, secret, webhookConfiguration }),
    names: [host, `${host}.cluster.local`, `${service.name}.${service.namespace}`],
    now,
    onEvent: (event) => recordCertificateEvent(log, metrics, event),
  });
  const entries = (): readonly TrustingEntry[] => source.state().entries ?? [];
  metrics.followAuthorityEnd(authorityEnd(source, entries, now));
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
        isShared: false,
        entries,
        now,
      }),
  };
}

function authorityEnd(
  source: CertificateSource,
  entries: () => readonly TrustingEntry[] | null,
  now: () => Date,
): () => Date | null {
  return () => findAuthorityEnd(source.current(), entries(), now());
}

/** What the API server verifies the certificate's names by (apiserver pkg/util/webhook/client.go). */
function hostOf({ name, namespace }: ObjectName): string {
  return `${name}.${namespace}.svc`;
}

/** An address that stands for all of the host's own is dialled on the loopback. */
function ownAddress({ address, port }: AddressInfo): { readonly host: string; readonly port: number } {
  const loopback: Readonly<Record<string, string>> = { "::": "::1", "0.0.0.0": "127.0.0.1" };
  return { host: loopback[address] ?? address, port };
}
