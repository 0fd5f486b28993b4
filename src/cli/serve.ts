// kata-thp serve: the webhook as a process.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { BUILT_IN_POLICY } from "../engine/policy.ts";
import { formatPolicyError } from "../policy/policy-error.ts";
import { fixedPolicy, type OpenedPolicy, openPolicyFile } from "../policy/policy-file.ts";
import { buildApp } from "../server/app.ts";
import { createMetricsServer } from "../server/metrics-server.ts";
import { createReadiness, readerIsSynced } from "../server/readiness.ts";
import { run } from "../server/run.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { countLostLines } from "../telemetry/log-metrics.ts";
import { createLogSink, type LogSink } from "../telemetry/log-sink.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { createReviewBook } from "../telemetry/review-book.ts";
import { logPolicy, recordPolicyReload } from "../telemetry/reload-log.ts";
import type { SelfDial } from "../tls/self-dial.ts";
import { VERSION } from "../version.ts";
import { complain, EXIT, painter, print, printable, wantsColour } from "./print.ts";
import { openCertificate, type OpenedCertificate } from "./serve-certificate.ts";
import { openClients, type OpenedClients } from "./serve-clients.ts";
import { openCluster, type OpenedCluster } from "./serve-cluster.ts";
import { readExamplePod, writeExample } from "./serve-example.ts";
import { parseServeFlags, SERVE_USAGE, type ServeFlags } from "./serve-flags.ts";

const STANDARD_ERROR = 2;
/** What the last lines may take where their reader is slow. */
const LAST_LINES_MS = 500;

interface Ground {
  readonly flags: ServeFlags;
  readonly log: Log;
  readonly logSink: LogSink;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** Where the development CA and the example's review are written; gone when the process ends. */
  readonly folder: string | null;
}

/**
 * The command; resolves to its exit code once the server has ended.
 *
 * @param onSubscribed called once the server itself hears signals; a signal until then is the caller's
 */
export async function serve(argv: readonly string[], onSubscribed: () => void): Promise<number> {
  const flags = parseServeFlags(argv);
  if (flags.kind === "help") {
    print(SERVE_USAGE);
    return EXIT.ok;
  }
  if (flags.kind === "invalid") return refuse(flags.errors);

  // Standard output stays for the curl line.
  const logSink = createLogSink(STANDARD_ERROR);
  const metrics = createMetrics(VERSION);
  countLostLines(metrics.registry, logSink);
  const ground: Ground = {
    flags,
    log: createLog(flags.logLevel, logSink),
    logSink,
    metrics,
    now: () => new Date(),
    folder: flags.tls.kind === "dev" ? await temporaryFolder() : null,
  };
  const example = flags.examplePod === null ? null : await readExamplePod(flags.examplePod);
  if (example?.kind === "invalid") return refuse(example.errors);
  const policy = await openPolicy(ground);
  if (policy.kind === "invalid") return refuse(policy.errors.map(formatPolicyError));
  const certificate = await openCertificate(flags.tls, ground, () => inFolder(ground, "ca.pem"));
  if (certificate.kind === "invalid") {
    await policy.source.close();
    return refuse(certificate.errors);
  }
  const clients = await openClients(flags.clients, ground);
  if (clients.kind === "invalid") {
    await Promise.all([certificate.source.close(), policy.source.close()]);
    return refuse(clients.errors);
  }
  const cluster = await openCluster(flags.cluster, ground);
  if (cluster.kind === "invalid") {
    await Promise.all([certificate.source.close(), policy.source.close(), clients.close()]);
    return refuse(cluster.errors);
  }
  logPolicy(ground.log, policy.source.current(), policy.warnings);
  try {
    return await runServer(ground, cluster, certificate, clients, policy, onSubscribed, async (address) => {
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
    await Promise.all([certificate.source.close(), policy.source.close(), clients.close(), cluster.close()]);
    await logSink.flush(LAST_LINES_MS);
  }
}

async function runServer(
  { flags, log, logSink, metrics }: Ground,
  { reader, notReady }: Extract<OpenedCluster, { kind: "open" }>,
  certificate: Extract<OpenedCertificate, { kind: "open" }>,
  { clients }: Extract<OpenedClients, { kind: "open" }>,
  { source: policy }: Extract<OpenedPolicy, { kind: "open" }>,
  onSubscribed: () => void,
  onListening: (address: AddressInfo) => Promise<void>,
): Promise<number> {
  const readiness = createReadiness([
    notReady ?? readerIsSynced(reader, () => policy.current()),
    () => dial?.problem() ?? null,
  ]);
  let dial: SelfDial | null = null;
  const { maxInFlight, host, port, metricsPort, drainDelayMs, minTlsVersion } = flags;
  const book = createReviewBook(log, metrics, runAsInUse);
  const app = buildApp({
    certificate: certificate.source,
    minTlsVersion,
    clients,
    policy,
    reader,
    readiness,
    metrics,
    log,
    book,
    maxInFlight,
    version: VERSION,
  });
  const { onClientError } = certificate;
  if (onClientError !== null) app.server.on("tlsClientError", onClientError);
  try {
    const ended = run({
      app,
      metricsServer: createMetricsServer(metrics),
      readiness,
      metrics,
      log,
      host,
      port,
      metricsPort,
      drainDelayMs,
      onListening: async (address) => {
        dial = (await certificate.dial?.(address)) ?? null;
        await onListening(address);
      },
      events: process,
      clockMs: () => performance.now(),
      exit: (code) => {
        book.settle();
        void logSink.flush(LAST_LINES_MS).then(() => process.exit(code));
      },
    });
    // It subscribes before it waits for anything, so that a signal always has somebody who hears it.
    onSubscribed();
    return await ended;
  } finally {
    await closeDial(dial);
  }
}

/**
 * V8 as suits a server that is asked all the time (docs/adr/0009-request-path.md), once it is.
 *
 * Its middle compiler works on the same functions just before the last one does, in memory that malloc keeps: some 20 MB,
 * and nothing faster for it. Before, where code runs some hundred times, it helps: in a server that nobody asks, the last
 * one would have little to do.
 *
 * And the young generation is collected when it is full, not at four fifths of it in a task of its own: a fifth fewer
 * reviews have to wait for a collection.
 */
function runAsInUse(): void {
  setFlagsFromString("--no-maglev");
  setFlagsFromString("--no-minor-gc-task");
}

/** A parameter, since the compiler does not see that `dial` is set by then. */
async function closeDial(dial: SelfDial | null): Promise<void> {
  await dial?.close();
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
