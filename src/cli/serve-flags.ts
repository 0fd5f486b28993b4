import { LOG_LEVELS, type LogLevel } from "../telemetry/log.ts";
import { notOneOf, parseFlags } from "./flags.ts";
import type { CertificateFlags } from "./serve-certificate.ts";
import type { ClusterSource } from "./serve-cluster.ts";

export const SERVE_USAGE: string = `kata-thp serve (--tls-cert FILE --tls-key FILE | --dev) [FLAGS]

Runs the webhook: HTTPS with /mutate/enforce, /mutate/observe, /livez and /readyz, and plain HTTP with /metrics.

      --policy FILE          the policy, read again when it changes (default: the built-in one, kata-clh with auto)
      --kubeconfig FILE      the cluster that facts come from (default: the one whose pod this is)
      --context NAME         a context of that kubeconfig (default: its current one)
      --snapshot DIR         folder of YAML as the cluster: RuntimeClasses, Nodes, PersistentVolumeClaims, Namespaces
      --tls-cert FILE        PEM certificate, its chain behind it; read again when it changes
      --tls-key FILE         PEM key of that certificate
      --tls-source SOURCE    files, or self-signed: a CA of our own in a Secret, on which all replicas agree (default: files)
      --tls-secret NS/NAME   with self-signed: that Secret
      --webhook-configuration NAME  with self-signed: the MutatingWebhookConfiguration whose caBundles are kept
      --service NAME.NS      with self-signed: the Service that the API server calls
      --dev                  a certificate in memory instead, for localhost
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

/** --dev is its own. */
const TLS_SOURCES = ["files", "self-signed"] as const;
/** Long enough for any pod's grace. */
const LONGEST_DRAIN_SECONDS = 600;

export function parseServeFlags(argv: readonly string[]): ParsedServeFlags {
  const flags = parseFlags(argv, {
    policy: { type: "string" },
    kubeconfig: { type: "string" },
    context: { type: "string" },
    snapshot: { type: "string" },
    "tls-cert": { type: "string" },
    "tls-key": { type: "string" },
    "tls-source": { type: "string" },
    "tls-secret": { type: "string" },
    "webhook-configuration": { type: "string" },
    service: { type: "string" },
    dev: { type: "boolean", default: false },
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

  const { dev, "tls-cert": certFile, "tls-key": keyFile } = values;
  const selfSigned = values["tls-source"] === "self-signed";
  const drainDelay = values["drain-delay"] ?? (dev ? "0" : "10");
  const errors = [
    ...positionals.map((word) => `serve takes flags only, not ${JSON.stringify(word)}`),
    ...(selfSigned ? selfSignedProblems(values) : [tlsProblem(dev, certFile, keyFile)]),
    values["tls-source"] === undefined ? null : notOneOf("--tls-source", values["tls-source"], TLS_SOURCES),
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
    tls: selfSigned
      ? selfSignedFlags(values)
      : dev
        ? { kind: "dev" }
        : { kind: "files", certFile: certFile ?? "", keyFile: keyFile ?? "" },
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

interface SelfSignedValues {
  readonly dev?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly service?: string;
  readonly "tls-cert"?: string;
  readonly "tls-key"?: string;
  readonly "tls-secret"?: string;
  readonly "webhook-configuration"?: string;
}

/** Names as RFC 1123 has them, so that none can leave its place in a path or a certificate. */
const NAME = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SECRET = new RegExp(`^(${NAME})/(${NAME}(?:\\.${NAME})*)$`);
const SERVICE = new RegExp(`^(${NAME})\\.(${NAME})$`);
const OBJECT = new RegExp(`^${NAME}(?:\\.${NAME})*$`);

function mustMatch(flag: string, value: string | undefined, pattern: RegExp, form: string): string | null {
  return value !== undefined && value.length <= 317 && pattern.test(value)
    ? null
    : `${flag} must be ${form} with --tls-source self-signed, not ${JSON.stringify(value ?? "")}`;
}

function selfSignedProblems(values: SelfSignedValues): (string | null)[] {
  return [
    values.dev || values["tls-cert"] !== undefined || values["tls-key"] !== undefined
      ? "--tls-source self-signed makes its own certificate: leave out --dev, --tls-cert and --tls-key"
      : null,
    mustMatch("--tls-secret", values["tls-secret"], SECRET, "NAMESPACE/NAME"),
    mustMatch("--webhook-configuration", values["webhook-configuration"], OBJECT, "a name"),
    mustMatch("--service", values.service, SERVICE, "NAME.NAMESPACE"),
  ];
}

function selfSignedFlags(values: SelfSignedValues): CertificateFlags {
  const [, secretNamespace = "", secretName = ""] = SECRET.exec(values["tls-secret"] ?? "") ?? [];
  const [, serviceName = "", serviceNamespace = ""] = SERVICE.exec(values.service ?? "") ?? [];
  return {
    kind: "self-signed",
    secret: { namespace: secretNamespace, name: secretName },
    webhookConfiguration: values["webhook-configuration"] ?? "",
    service: { namespace: serviceNamespace, name: serviceName },
    kubeconfig: values.kubeconfig ?? null,
    context: values.context ?? null,
  };
}

function tlsProblem(dev: boolean, certFile: string | undefined, keyFile: string | undefined): string | null {
  if (dev && (certFile !== undefined || keyFile !== undefined)) {
    return "--dev brings its own certificate: leave out --tls-cert and --tls-key";
  }
  if (!dev && !certFile && !keyFile) return "a certificate is missing: give --tls-cert and --tls-key, or --dev";
  if (!dev && !certFile) return "--tls-cert is missing: --tls-key needs the certificate that belongs to it";
  if (!dev && !keyFile) return "--tls-key is missing: --tls-cert needs the key that belongs to it";
  return null;
}

function wholeNumberProblem(flag: string, text: string, least: number, most: number): string | null {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? null
    : `${flag} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`;
}
