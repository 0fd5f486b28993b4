// The flags of `serve` about certificates: our own, and those of clients.
import { MIN_VERSIONS } from "../tls/options.ts";
import { notOneOf } from "./flags.ts";

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Which cluster is meant. */
export interface ClusterFlags {
  readonly kubeconfig: string | null;
  readonly context: string | null;
}

export type CertificateFlags =
  | { readonly kind: "dev" }
  | {
      readonly kind: "files";
      readonly certFile: string;
      readonly keyFile: string;
      /** The Service that the API server calls: the certificate has to be for it. null: any name will do. */
      readonly service: ObjectName | null;
      /** Whose caBundles are read for readiness; null: nobody's. */
      readonly webhookConfiguration: string | null;
      readonly cluster: ClusterFlags;
    }
  | {
      readonly kind: "self-signed";
      readonly secret: ObjectName;
      readonly webhookConfiguration: string;
      readonly service: ObjectName;
      readonly cluster: ClusterFlags;
    };

export interface ClientFlags {
  /** PEM of CAs. */
  readonly caFile: string;
  /** Empty: every name. */
  readonly names: readonly string[];
}

interface TlsFlags {
  readonly dev: { readonly type: "boolean"; readonly default: false };
  readonly "tls-cert": StringFlag;
  readonly "tls-key": StringFlag;
  readonly "tls-source": StringFlag;
  readonly "tls-secret": StringFlag;
  readonly "tls-min-version": { readonly type: "string"; readonly default: "1.2" };
  readonly "webhook-configuration": StringFlag;
  readonly service: StringFlag;
  readonly "client-ca": StringFlag;
  readonly "client-name": { readonly type: "string"; readonly multiple: true };
}

interface StringFlag {
  readonly type: "string";
}

export const TLS_FLAGS: TlsFlags = {
  dev: { type: "boolean", default: false },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "tls-source": { type: "string" },
  "tls-secret": { type: "string" },
  "tls-min-version": { type: "string", default: "1.2" },
  "webhook-configuration": { type: "string" },
  service: { type: "string" },
  "client-ca": { type: "string" },
  "client-name": { type: "string", multiple: true },
};

export const TLS_USAGE: string = `\
      --tls-cert FILE        PEM certificate, its chain behind it; read again when it changes
      --tls-key FILE         PEM key of that certificate
      --tls-source SOURCE    files, or self-signed: a CA of our own in a Secret, on which all replicas agree (default: files)
      --tls-secret NS/NAME   with self-signed: that Secret
      --webhook-configuration NAME  the MutatingWebhookConfiguration: its caBundles are kept (self-signed) or only read (files)
      --service NAME.NS      the Service that the API server calls, which the certificate has to be for
      --tls-min-version V    ${MIN_VERSIONS.join(" or ")} (default: 1.2)
      --client-ca FILE       root CAs in PEM: answer reviews only to clients with a certificate of one; read again when it changes
      --client-name NAME     with --client-ca: only where NAME is in that certificate; repeatable (default: any)
      --dev                  a certificate in memory instead, for localhost`;

export interface TlsValues {
  readonly dev?: boolean | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly service?: string | undefined;
  readonly "tls-cert"?: string | undefined;
  readonly "tls-key"?: string | undefined;
  readonly "tls-source"?: string | undefined;
  readonly "tls-secret"?: string | undefined;
  readonly "tls-min-version": string;
  readonly "webhook-configuration"?: string | undefined;
  readonly "client-ca"?: string | undefined;
  readonly "client-name"?: readonly string[] | undefined;
}

/** --dev is its own. */
const SOURCES = ["files", "self-signed"] as const;

/** Names as RFC 1123 has them, so that none can leave its place in a path or a certificate. */
const NAME = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SECRET = new RegExp(`^(${NAME})/(${NAME}(?:\\.${NAME})*)$`);
const SERVICE = new RegExp(`^(${NAME})\\.(${NAME})$`);
const OBJECT = new RegExp(`^${NAME}(?:\\.${NAME})*$`);

/** What is wrong, as sentences that name the flag and what is allowed. */
export function tlsProblems(values: TlsValues): readonly (string | null)[] {
  const { "client-ca": clientCa, "client-name": clientNames = [] } = values;
  return [
    ...sourceProblems(values),
    notOneOf("--tls-min-version", values["tls-min-version"], MIN_VERSIONS),
    clientCa === "" ? "--client-ca is empty: name one, or leave the flag out" : null,
    clientNames.length > 0 && clientCa === undefined
      ? "--client-name is about a client's certificate: give --client-ca too"
      : null,
    clientNames.includes("") ? "--client-name is empty: name one, or leave the flag out" : null,
  ];
}

/** Of values that have no problem. */
export function certificateFlags(values: TlsValues): CertificateFlags {
  const { kubeconfig = null, context = null, "webhook-configuration": webhookConfiguration = null } = values;
  const cluster = { kubeconfig, context };
  const [, serviceName = "", serviceNamespace = ""] = SERVICE.exec(values.service ?? "") ?? [];
  const service = { namespace: serviceNamespace, name: serviceName };
  if (values["tls-source"] === "self-signed") {
    const [, secretNamespace = "", secretName = ""] = SECRET.exec(values["tls-secret"] ?? "") ?? [];
    return {
      kind: "self-signed",
      secret: { namespace: secretNamespace, name: secretName },
      webhookConfiguration: webhookConfiguration ?? "",
      service,
      cluster,
    };
  }
  if (values.dev) return { kind: "dev" };
  const { "tls-cert": certFile = "", "tls-key": keyFile = "" } = values;
  return {
    kind: "files",
    certFile,
    keyFile,
    service: values.service === undefined ? null : service,
    webhookConfiguration,
    cluster,
  };
}

export function clientFlags({ "client-ca": caFile, "client-name": names = [] }: TlsValues): ClientFlags | null {
  return caFile === undefined ? null : { caFile, names };
}

/** Of a source that there is not, nothing else is asked. */
function sourceProblems(values: TlsValues): readonly (string | null)[] {
  const { "tls-source": source } = values;
  const unknown = source === undefined ? null : notOneOf("--tls-source", source, SOURCES);
  if (unknown !== null) return [unknown];
  return source === "self-signed" ? selfSignedProblems(values) : filesProblems(values);
}

function selfSignedProblems(values: TlsValues): readonly (string | null)[] {
  const when = " with --tls-source self-signed";
  return [
    values.dev || values["tls-cert"] !== undefined || values["tls-key"] !== undefined
      ? "--tls-source self-signed makes its own certificate: leave out --dev, --tls-cert and --tls-key"
      : null,
    mustMatch("--tls-secret", values["tls-secret"], SECRET, `NAMESPACE/NAME${when}`),
    mustMatch("--webhook-configuration", values["webhook-configuration"], OBJECT, `a name${when}`),
    mustMatch("--service", values.service, SERVICE, `NAME.NAMESPACE${when}`),
  ];
}

function filesProblems(values: TlsValues): readonly (string | null)[] {
  const { dev = false, "webhook-configuration": webhookConfiguration, service } = values;
  return [
    pairProblem(dev, values["tls-cert"], values["tls-key"]),
    service === undefined ? null : mustMatch("--service", service, SERVICE, "NAME.NAMESPACE"),
    webhookConfiguration === undefined
      ? null
      : mustMatch("--webhook-configuration", webhookConfiguration, OBJECT, "a name"),
    webhookConfiguration !== undefined && service === undefined
      ? "--webhook-configuration is read for the entries that call one Service: give --service too"
      : null,
  ];
}

function pairProblem(dev: boolean, certFile: string | undefined, keyFile: string | undefined): string | null {
  if (dev && (certFile !== undefined || keyFile !== undefined)) {
    return "--dev brings its own certificate: leave out --tls-cert and --tls-key";
  }
  if (!dev && !certFile && !keyFile)
    return "a certificate is missing: give --tls-cert and --tls-key, or --tls-source self-signed, or --dev";
  if (!dev && !certFile) return "--tls-cert is missing: --tls-key needs the certificate that belongs to it";
  if (!dev && !keyFile) return "--tls-key is missing: --tls-cert needs the key that belongs to it";
  return null;
}

function mustMatch(flag: string, value: string | undefined, pattern: RegExp, form: string): string | null {
  return value !== undefined && value.length <= 317 && pattern.test(value)
    ? null
    : `${flag} must be ${form}, not ${JSON.stringify(value ?? "")}`;
}
