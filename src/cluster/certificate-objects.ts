// A Secret and a MutatingWebhookConfiguration as they were answered → what the self-signed source reads of them. What
// answered may be something else than an API server, so nothing is read before it has the shape.
import { renderFieldPath } from "../engine/object-path.ts";
import { type ObjectShape, shapeCheck } from "../engine/object-shape.ts";
import type { StoredSecret, StoredWebhook } from "../tls/certificate-store.ts";

/** An answer that is not the object; `why` follows "the answer", as in `is not a Secret: data has to be an object`. */
export interface NoSuchObject {
  readonly kind: "misfit";
  readonly why: string;
}

interface SecretObject {
  readonly metadata?: { readonly resourceVersion?: string | null } | null;
  readonly data?: Readonly<Record<string, string | null>> | null;
}

interface ClientConfig {
  readonly service?: { readonly namespace: string; readonly name: string } | null;
  readonly url?: string | null;
  readonly caBundle?: string | null;
}

interface ConfigurationObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: ClientConfig }[] | null;
}

const SECRET_SHAPE: ObjectShape = {
  fields: {
    kind: { oneOf: ["Secret"] },
    metadata: { fields: { resourceVersion: "string" } },
    data: { values: "string" },
  },
};

const CONFIGURATION_SHAPE: ObjectShape = {
  fields: {
    kind: { oneOf: ["MutatingWebhookConfiguration"] },
    webhooks: {
      list: {
        required: ["name", "clientConfig"],
        fields: {
          name: "string",
          clientConfig: {
            fields: {
              service: { required: ["namespace", "name"], fields: { namespace: "string", name: "string" } },
              url: "string",
              caBundle: "string",
            },
          },
        },
      },
    },
  },
};

const secretMisfit = misfitCheck("Secret", SECRET_SHAPE);
const configurationMisfit = misfitCheck("MutatingWebhookConfiguration", CONFIGURATION_SHAPE);

/** The Secret that was answered, or which field is not as a Secret has it. */
export function toStoredSecret(object: unknown): { readonly kind: "is"; readonly value: StoredSecret } | NoSuchObject {
  const misfit = secretMisfit(object);
  if (misfit !== null) return misfit;
  const { metadata, data } = object as SecretObject;
  // Without it what is written next would replace whatever is there, somebody else's CA too.
  const resourceVersion = metadata?.resourceVersion ?? "";
  if (resourceVersion === "") return noSuchObject("Secret", "metadata.resourceVersion", "given");
  const texts = Object.entries(data ?? {}).map(([key, value]) => [key, value ?? ""] as const);
  return { kind: "is", value: { resourceVersion, data: Object.fromEntries(texts), object } };
}

/** The entries of the configuration that was answered, or which field is not as a configuration has it. */
export function toStoredWebhooks(
  object: unknown,
): { readonly kind: "is"; readonly value: readonly StoredWebhook[] } | NoSuchObject {
  const misfit = configurationMisfit(object);
  if (misfit !== null) return misfit;
  const { webhooks } = object as ConfigurationObject;
  const value = (webhooks ?? []).map(({ name, clientConfig }, index) => ({
    index,
    name,
    host: toHost(clientConfig),
    caBundle: clientConfig.caBundle ?? "",
    clientConfig,
  }));
  return { kind: "is", value };
}

/** By what helm knows an object for its own (helm pkg/action/validate.go); empty where the object is nobody's. */
export interface HelmMarks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const MANAGED_BY = "app.kubernetes.io/managed-by";
const RELEASE = ["meta.helm.sh/release-name", "meta.helm.sh/release-namespace"] as const;

/** The marks of the release that an object belongs to. What else helm writes changes with each of its upgrades. */
export function helmMarksOf(object: unknown): HelmMarks {
  const { labels, annotations } = (object as MarkedObject | null)?.metadata ?? {};
  const manager = labels?.[MANAGED_BY];
  const release = RELEASE.flatMap((key) => {
    const value = annotations?.[key];
    return typeof value === "string" ? [[key, value] as const] : [];
  });
  if (manager !== "Helm" || release.length < RELEASE.length) return {};
  return { labels: { [MANAGED_BY]: manager }, annotations: Object.fromEntries(release) };
}

interface MarkedObject {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, unknown>> | null;
    readonly annotations?: Readonly<Record<string, unknown>> | null;
  } | null;
}

/** What the API server verifies the certificate's names by (apiserver pkg/util/webhook/client.go). */
function toHost({ service, url }: ClientConfig): string {
  if (service != null) return `${service.name}.${service.namespace}.svc`;
  return url != null && URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, "$1") : "";
}

/** null where it has the shape. Inside of an object null is the same as absent, but null itself is no object. */
function misfitCheck(kind: string, shape: ObjectShape): (object: unknown) => NoSuchObject | null {
  const check = shapeCheck(shape);
  return (object) => {
    const mismatch = object === null ? { path: [], expected: "an object" } : check(object);
    return mismatch === null ? null : noSuchObject(kind, renderFieldPath(mismatch.path), mismatch.expected);
  };
}

function noSuchObject(kind: string, field: string, expected: string): NoSuchObject {
  return { kind: "misfit", why: `is not a ${kind}: ${field === "" ? "it" : field} has to be ${expected}` };
}
