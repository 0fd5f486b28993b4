import { LOG_LEVELS, type LogLevel } from "../telemetry/log.ts";
import type { MinVersion } from "../tls/options.ts";
import { notOneOf, parseFlags } from "./flags.ts";
import type { ClusterSource } from "./serve-cluster.ts";
import {
  type CertificateFlags,
  certificateFlags,
  type ClientFlags,
  clientFlags,
  TLS_FLAGS,
  TLS_USAGE,
  tlsProblems,
} from "./tls-flags.ts";

export const SERVE_USAGE: string = `kata-thp serve (--tls-cert FILE --tls-key FILE | --tls-source self-signed | --dev) [FLAGS]

Runs the webhook: HTTPS with /mutate/enforce, /mutate/observe, /livez and /readyz, and plain HTTP with /metrics.

      --policy FILE          the policy, read again when it changes (default: the built-in one, kata-clh with auto)
      --kubeconfig FILE      the cluster that facts come from (default: the one whose pod this is)
      --context NAME         a context of that kubeconfig (default: its current one)
      --snapshot DIR         folder of YAML as the cluster: RuntimeClasses, Nodes, PersistentVolumeClaims, Namespaces
${TLS_USAGE}
      --port PORT            HTTPS port, 0 for a free one (default: 8443)
      --metrics-port PORT    HTTP port of /metrics, 0 for a free one (default: 8080)
      --host ADDRESS         address to listen on (default: every one, IPv6 and IPv4)
      --log-level LEVEL      ${LOG_LEVELS.join(", ")} (default: info)
      --drain-delay SECONDS  how long to go on serving after SIGTERM (default: 10; with --dev 0)
      --max-in-flight N      reviews at once; one more gets 503 with Retry-After (default: 256)
      --example-pod FILE     with --dev: print a curl line that posts a review of this pod
  -h, --help

Exit code: 0 after SIGTERM or SIGINT, 1 after an internal error, 2 for bad flags or input, or a port that is taken.`;

export interface ServeFlags {
  readonly kind: "serve";
  readonly policy: string | null;
  readonly cluster: ClusterSource;
  readonly tls: CertificateFlags;
  readonly minTlsVersion: MinVersion;
  /** Whose reviews are answered; null: everybody's. */
  readonly clients: ClientFlags | null;
  readonly port: number;
  readonly metricsPort: number;
  readonly host: string | null;
  readonly logLevel: LogLevel;
  readonly drainDelayMs: number;
  readonly maxInFlight: number;
  readonly examplePod: string | null;
}

export type ParsedServeFlags =
  | ServeFlags
  | { readonly kind: "help" }
  /** Every fault, as sentences that name the flag and what is allowed. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Long enough for any pod's grace. */
const LONGEST_DRAIN_SECONDS = 600;

export function parseServeFlags(argv: readonly string[]): ParsedServeFlags {
  const flags = parseFlags(argv, {
    policy: { type: "string" },
    kubeconfig: { type: "string" },
    context: { type: "string" },
    snapshot: { type: "string" },
    ...TLS_FLAGS,
    port: { type: "string", default: "8443" },
    "metrics-port": { type: "string", default: "8080" },
    host: { type: "string" },
    "log-level": { type: "string", default: "info" },
    "drain-delay": { type: "string" },
    "max-in-flight": { type: "string", default: "256" },
    "example-pod": { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (flags.kind === "invalid")
    return { kind: "invalid", errors: [flags.error, "kata-thp serve --help tells its flags"] };
  const { values, positionals } = flags;
  if (values.help) return { kind: "help" };

  const { dev } = values;
  const drainDelay = values["drain-delay"] ?? (dev ? "0" : "10");
  const errors = [
    ...positionals.map((word) => `serve takes flags only, not ${JSON.stringify(word)}`),
    ...tlsProblems(values),
    values.snapshot !== undefined && values.kubeconfig !== undefined
      ? "--snapshot and --kubeconfig are two sources of facts: leave one out"
      : null,
    values.context !== undefined && values.kubeconfig === undefined
      ? "--context names a context of a kubeconfig: give --kubeconfig too"
      : null,
    wholeNumberProblem("--port", values.port, 0, 65_535),
    wholeNumberProblem("--metrics-port", values["metrics-port"], 0, 65_535),
    wholeNumberProblem("--max-in-flight", values["max-in-flight"], 1, 100_000),
    wholeNumberProblem("--drain-delay", drainDelay, 0, LONGEST_DRAIN_SECONDS),
    notOneOf("--log-level", values["log-level"], LOG_LEVELS),
    values["example-pod"] !== undefined && !dev ? "--example-pod needs --dev, whose certificate curl can verify" : null,
    ...(["policy", "kubeconfig", "context", "snapshot", "host", "example-pod"] as const).map((name) =>
      values[name] === "" ? `--${name} is empty: name one, or leave the flag out` : null,
    ),
  ].filter((error) => error !== null);
  if (errors.length > 0) return { kind: "invalid", errors };
  return {
    kind: "serve",
    policy: values.policy ?? null,
    cluster: clusterSource(dev, values),
    tls: certificateFlags(values),
    minTlsVersion: values["tls-min-version"] as MinVersion,
    clients: clientFlags(values),
    port: Number(values.port),
    metricsPort: Number(values["metrics-port"]),
    host: values.host ?? null,
    logLevel: values["log-level"] as LogLevel,
    drainDelayMs: Number(drainDelay) * 1000,
    maxInFlight: Number(values["max-in-flight"]),
    examplePod: values["example-pod"] ?? null,
  };
}

/** In development no cluster is looked for unless one is named. */
function clusterSource(
  dev: boolean,
  values: { readonly snapshot?: string; readonly kubeconfig?: string; readonly context?: string },
): ClusterSource {
  if (values.snapshot !== undefined) return { kind: "snapshot", dir: values.snapshot };
  if (dev && values.kubeconfig === undefined) return { kind: "none" };
  return { kind: "live", kubeconfig: values.kubeconfig ?? null, context: values.context ?? null };
}

function wholeNumberProblem(flag: string, text: string, least: number, most: number): string | null {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? null
    : `${flag} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`;
}
