// Configurations of webhooks for namespaces of one test, on a control plane of everybody's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What of an entry of a MutatingWebhookConfiguration tests change; the rest is sent as it is. */
export interface WebhookEntry {
  readonly name: string;
  readonly namespaceSelector: { readonly matchExpressions?: readonly object[] };
  readonly objectSelector?: object;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly failurePolicy?: "Fail" | "Ignore";
  readonly timeoutSeconds?: number;
  readonly reinvocationPolicy?: "IfNeeded" | "Never";
  readonly [field: string]: unknown;
}

/** Ours, without clientConfig: `enforce.kata-thp.dev` and `observe.kata-thp.dev`. */
export const ENTRIES: readonly WebhookEntry[] = parse(
  readFileSync(join(import.meta.dirname, "webhook-configuration.yaml"), "utf8"),
) as readonly WebhookEntry[];

export interface Served {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** PEM */
  readonly ca: string;
}

/**
 * Our webhooks at an address instead of a Service. Their names become `enforce.NAME.kata-thp.dev` and
 * `observe.NAME.kata-thp.dev`, as metrics and audit annotations go by these.
 */
export function ourConfiguration(
  name: string,
  served: Served,
  edit: (entry: WebhookEntry) => WebhookEntry = (entry) => entry,
): object {
  const entries = ENTRIES.map((entry) => ({
    ...entry,
    name: entry.name.replace(".", `.${name}.`),
    clientConfig: clientConfig(served, `/mutate/${entry.name.split(".")[0]}`),
  }));
  return configurationOf(name, entries.map(edit));
}

/** A configuration for namespaces with its label only. */
export function configurationOf(name: string, entries: readonly WebhookEntry[]): object {
  const isOfTest = { key: configurationLabel(name), operator: "Exists" };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: entries.map((entry) => ({
      ...entry,
      namespaceSelector: { matchExpressions: [...(entry.namespaceSelector.matchExpressions ?? []), isOfTest] },
    })),
  };
}

/** The label by which a configuration finds the namespaces of its test. */
export function configurationLabel(name: string): string {
  return `dispatch.test/configuration.${name}`;
}

/** A webhook URL may have no query of its own: the path says the mode. */
export function clientConfig({ url, ca }: Served, path: string): object {
  return { url: `${url}${path}`, caBundle: Buffer.from(ca).toString("base64") };
}
