// What the tests of one file share: the webhook as a process, its configuration, RuntimeClasses, a node, namespaces.
// Everything that has no namespace bears the scene's name, so that scenes share a control plane.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlaneAccess } from "../control-plane/access.ts";
import { addClasses, addNode, type ClassPair, webhookKubeconfig } from "./cluster-objects.ts";
import { type KubeAnswer, type KubeApi, type KubeObject, openKubeApi } from "./kube-api.ts";
import { type OtherWebhook, type PodChange, startOtherWebhook } from "./other-webhook.ts";
import { type ComparablePod, comparable, podOf } from "./pods.ts";
import {
  clientConfig,
  configurationLabel,
  configurationOf,
  ourConfiguration,
  type Served,
  type WebhookEntry,
} from "./webhook-configuration.ts";
import { startWebhook, type WebhookProcess } from "./webhook-process.ts";

export interface SceneOptions {
  readonly access: ControlPlaneAccess;
  /** A DNS label, the scene's own on its control plane. */
  readonly name: string;
  /** RuntimeClasses by pair name; default one pair, `plain`, without overhead and scheduling. */
  readonly pairs?: Readonly<Record<string, ClassPair>>;
  /** Fields of the policy besides targets. */
  readonly policy?: object;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly nodeTaints?: readonly object[];
  readonly maxInFlight?: number;
  /** Flags that say where the webhook's facts are from; default a kubeconfig with the webhook's rights. */
  readonly facts?: readonly string[];
  /** How many requests to the API server are under way at once. */
  readonly maxConnections?: number;
}

export interface Scene {
  readonly name: string;
  readonly access: ControlPlaneAccess;
  readonly api: KubeApi;
  readonly webhook: WebhookProcess;
  readonly served: Served;
  /** Flags that say where the webhook's facts are from. */
  readonly facts: readonly string[];
  /** The RuntimeClass that the policy names, and the one that stands in for it. */
  target(pair?: string): string;
  variant(pair?: string): string;
  /** The prefix of audit annotations. */
  webhookName(mode: "enforce" | "observe", configuration?: string): string;
  /** A new namespace with that mode's label, or none, for the scene's configuration and `more`. */
  enter(mode: string | null, ...more: readonly string[]): Promise<string>;
  /** A new namespace for these configurations, without the scene's. */
  enterOnly(mode: string | null, ...configurations: readonly string[]): Promise<string>;
  /** Posts a pod. */
  create(namespace: string, pod: object, query?: string): Promise<KubeAnswer>;
  /** Posts a pod that must be created, and reads back what is stored. */
  store(namespace: string, pod: object): Promise<ComparablePod>;
  /** The same where no webhook is asked: what a pod is without us. */
  storeUnasked(pod: object): Promise<ComparablePod>;
  /** Our configuration again under another name, changed. Resolves when the API server goes by it. */
  configure(configuration: string, edit: (entry: WebhookEntry) => WebhookEntry): Promise<void>;
  /** Another webhook, asked before or after ours in namespaces that `enter` puts under the name that it returns. */
  addOther(
    place: "after" | "before",
    change: PodChange,
    reinvocationPolicy?: "IfNeeded" | "Never",
  ): Promise<{ readonly configuration: string; readonly other: OtherWebhook }>;
  /** Resolves when `isTrue` is, which is looked at after each of pods that are sent as a dry-run. */
  until(isTrue: (namespace: string) => Promise<boolean>, ...configurations: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const PLAIN: Readonly<Record<string, ClassPair>> = { plain: { target: {}, variant: {} } };
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** Sets the scene; resolves when the API server asks the webhook. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const { access, name, pairs = PLAIN } = options;
  const api = await openKubeApi(access.kubeconfigPath, options.maxConnections);
  const others: OtherWebhook[] = [];
  const installed: string[] = [];
  const firstPair = Object.keys(pairs)[0] ?? "plain";
  let namespaces = 0;
  let unasked: Promise<string> | null = null;

  const target = (pair = firstPair): string => `${name}-${pair}`;
  const variant = (pair = firstPair): string => `${name}-${pair}-thp`;

  await addClasses(api, pairs, { target, variant });
  await addNode(api, name, options.nodeLabels ?? {}, options.nodeTaints ?? []);
  const facts = options.facts ?? ["--kubeconfig", await webhookKubeconfig(access, api, name)];
  const webhook = await startWebhook({
    access,
    facts,
    policy: { targets: Object.keys(pairs).map((pair) => ({ runtimeClass: target(pair) })), ...options.policy },
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
  });
  const served = { url: `https://127.0.0.1:${webhook.port}`, ca: webhook.ca };

  const newNamespace = async (labels: Readonly<Record<string, string>>): Promise<string> => {
    namespaces += 1;
    const namespace = `${name}-${namespaces}`;
    await api.send("POST", "/api/v1/namespaces", { metadata: { name: namespace, labels } });
    return namespace;
  };
  const install = async (
    configuration: string,
    object: object,
    isAsked: (namespace: string) => Promise<boolean>,
  ): Promise<void> => {
    await api.send("POST", CONFIGURATIONS, object);
    installed.push(configuration);
    await scene.until(isAsked, configuration);
  };
  const isOursAsked = async (namespace: string): Promise<boolean> => (await webhook.reviews(namespace)).length > 0;

  const scene: Scene = {
    name,
    access,
    api,
    webhook,
    served,
    facts,
    target,
    variant,
    webhookName: (mode, configuration = name) => `${mode}.${configuration}.kata-thp.dev`,
    enter: async (mode, ...more) => scene.enterOnly(mode, name, ...more),
    enterOnly: async (mode, ...configurations) =>
      newNamespace({
        ...(mode === null ? {} : { "kata-thp.dev/mode": mode }),
        ...Object.fromEntries(configurations.map((each) => [configurationLabel(each), ""])),
      }),
    create: async (namespace, pod, query = "") => api.ask("POST", `/api/v1/namespaces/${namespace}/pods${query}`, pod),
    async store(namespace, pod) {
      const created = await api.send("POST", `/api/v1/namespaces/${namespace}/pods`, pod);
      const stored = await api.send("GET", `/api/v1/namespaces/${namespace}/pods/${created.metadata.name}`);
      return comparable(stored);
    },
    async storeUnasked(pod) {
      unasked ??= newNamespace({});
      const { metadata, ...rest } = pod as KubeObject;
      return scene.store(await unasked, { ...rest, metadata: { ...metadata, name: randomUUID() } });
    },
    configure: async (configuration, edit) =>
      install(configuration, ourConfiguration(configuration, served, edit), isOursAsked),
    async addOther(place, change, reinvocationPolicy = "Never") {
      const other = await startOtherWebhook(access, change);
      others.push(other);
      // Configurations are asked in the order of their names.
      const configuration = `${place === "before" ? "a" : "z"}-${name}-${others.length}`;
      const entry: WebhookEntry = {
        name: `${configuration}.kata-thp.dev`,
        admissionReviewVersions: ["v1"],
        clientConfig: clientConfig(other, "/"),
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        namespaceSelector: {},
        sideEffects: "None",
        failurePolicy: "Fail",
        timeoutSeconds: 10,
        reinvocationPolicy,
      };
      const isAsked = async (namespace: string): Promise<boolean> => other.pods(namespace).length > 0;
      await install(configuration, configurationOf(configuration, [entry]), isAsked);
      return { configuration, other };
    },
    async until(isTrue, ...configurations) {
      const end = performance.now() + 10_000;
      const probe = await scene.enterOnly("enforce", ...configurations);
      for (;;) {
        await scene.create(probe, podOf(target()), "?dryRun=All");
        if (await isTrue(probe)) return;
        if (performance.now() > end) throw new Error(`not so after 10 s: ${String(isTrue)}`);
        await delay(20);
      }
    },
    async close() {
      for (const configuration of installed) await api.send("DELETE", `${CONFIGURATIONS}/${configuration}`);
      await webhook.stop();
      await Promise.all(others.map(async (other) => other.close()));
      api.close();
    },
  };
  await install(name, ourConfiguration(name, served), isOursAsked);
  return scene;
}
