// kata-thp serve: the webhook as a process.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_IN_POLICY } from "../engine/policy.ts";
import { formatPolicyError } from "../policy/policy-error.ts";
import { fixedPolicy, type OpenedPolicy, openPolicyFile } from "../policy/policy-file.ts";
import { buildApp } from "../server/app.ts";
import { createMetricsServer } from "../server/metrics-server.ts";
import { createReadiness, readerIsSynced } from "../server/readiness.ts";
import { run } from "../server/run.ts";
import { createLog, type Log, standardError } from "../telemetry/log.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { logPolicy, recordCertificateReload, recordPolicyReload } from "../telemetry/reload-log.ts";
import { openCertificateFiles } from "../tls/file-source.ts";
import type { CertificateSource } from "../tls/source.ts";
import { VERSION } from "../version.ts";
import { complain, EXIT, painter, print, printable, wantsColour } from "./print.ts";
import { openCluster, type OpenedCluster } from "./serve-cluster.ts";
import { readExamplePod, writeExample } from "./serve-example.ts";
import { parseServeFlags, SERVE_USAGE, type ServeFlags } from "./serve-flags.ts";

interface Ground {
  readonly flags: ServeFlags;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** Where the development CA and the example's review are written; gone when the process ends. */
  readonly folder: string | null;
}

/** The command; resolves to its exit code once the server has ended. */
export async function serve(argv: readonly string[]): Promise<number> {
  const flags = parseServeFlags(argv);
  if (flags.kind === "help") {
    print(SERVE_USAGE);
    return EXIT.ok;
  }
  if (flags.kind === "invalid") return refuse(flags.errors);

  const ground: Ground = {
    flags,
    // Standard output stays for the curl line.
    log: createLog(flags.logLevel, standardError()),
    metrics: createMetrics(VERSION),
    now: () => new Date(),
    folder: flags.tls.kind === "dev" ? await temporaryFolder() : null,
  };
  const example = flags.examplePod === null ? null : await readExamplePod(flags.examplePod);
  if (example?.kind === "invalid") return refuse(example.errors);
  const policy = await openPolicy(ground);
  if (policy.kind === "invalid") return refuse(policy.errors.map(formatPolicyError));
  const certificate = await openCertificate(ground);
  if (certificate.kind === "refused") {
    await policy.source.close();
    return refuse([`--tls-cert and --tls-key: ${certificate.why}`]);
  }
  const cluster = await openCluster(flags.cluster, ground);
  if (cluster.kind === "invalid") {
    await Promise.all([certificate.source.close(), policy.source.close()]);
    return refuse(cluster.errors);
  }
  logPolicy(ground.log, policy.source.current(), policy.warnings);
  try {
    return await runServer(ground, cluster, certificate.source, policy, async (address) => {
      if (example === null) return;
      const line = await writeExample(
        example.pod,
        inFolder(ground, "review.json"),
        inFolder(ground, "ca.pem"),
        address,
      );
      const paint = painter(wantsColour(process.stdout, process.env));
      print(`\nPaste this in another terminal:\n\n${paint("bold", line)}\n`);
    });
  } finally {
    await Promise.all([certificate.source.close(), policy.source.close(), cluster.close()]);
  }
}

async function runServer(
  { flags, log, metrics }: Ground,
  { reader, notReady }: Extract<OpenedCluster, { kind: "open" }>,
  certificate: CertificateSource,
  { source: policy }: Extract<OpenedPolicy, { kind: "open" }>,
  onListening: (address: AddressInfo) => Promise<void>,
): Promise<number> {
  const readiness = createReadiness([notReady ?? readerIsSynced(reader, () => policy.current())]);
  const { maxInFlight, host, port, metricsPort, drainDelayMs } = flags;
  const app = buildApp({ certificate, policy, reader, readiness, metrics, log, maxInFlight, version: VERSION });
  return await run({
    app,
    metricsServer: createMetricsServer(metrics),
    readiness,
    metrics,
    log,
    host,
    port,
    metricsPort,
    drainDelayMs,
    onListening,
    events: process,
    clockMs: () => performance.now(),
    exit: (code) => process.exit(code),
  });
}

async function openPolicy({ flags, log, metrics, now }: Ground): Promise<OpenedPolicy> {
  const opened: OpenedPolicy =
    flags.policy === null
      ? { kind: "open", source: fixedPolicy(BUILT_IN_POLICY), warnings: [] }
      : await openPolicyFile({
          file: flags.policy,
          onReload: (reload) => recordPolicyReload(log, metrics, reload, now()),
        });
  if (opened.kind === "open") metrics.policyRead("taken", now());
  return opened;
}

async function openCertificate(
  ground: Ground,
): Promise<
  { readonly kind: "open"; readonly source: CertificateSource } | { readonly kind: "refused"; readonly why: string }
> {
  const { flags, log, metrics, now } = ground;
  const opened =
    flags.tls.kind === "dev"
      ? { kind: "open" as const, source: await createDevCertificate(inFolder(ground, "ca.pem"), now()) }
      : await openCertificateFiles({
          certFile: flags.tls.certFile,
          keyFile: flags.tls.keyFile,
          now,
          onReload: (reload) => recordCertificateReload(log, metrics, reload),
        });
  if (opened.kind === "open") metrics.certificateRead(opened.source.current());
  return opened;
}

/** What makes certificates takes 150 ms to load, and only --dev needs it. */
async function createDevCertificate(caFile: string, now: Date): Promise<CertificateSource> {
  return await (await import("../tls/dev-source.ts")).createDevSource(caFile, now);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-"));
  // Also where a second signal ends the process at once.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function inFolder({ folder }: Ground, name: string): string {
  if (folder === null) throw new TypeError(`${name} has no folder without --dev`);
  return join(folder, name);
}

function refuse(errors: readonly string[]): number {
  for (const error of errors) complain(`kata-thp: ${printable(error)}`);
  return EXIT.badInput;
}
