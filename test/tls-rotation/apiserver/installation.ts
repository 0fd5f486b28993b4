// What a chart installs, for a test: a namespace, a webhook configuration, and the rights of the webhook's own account,
// which are all that it has.
import { randomUUID } from "node:crypto";
import { openConnection } from "../../../src/cluster/api-connection.ts";
import { createClusterCertificateStore } from "../../../src/cluster/certificate-store.ts";
import type { CertificateStore } from "../../../src/tls/certificate-store.ts";
import { type ControlPlaneAccess, kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { type ApiWriter, openApiWriter } from "../../live/api-writer.ts";
import type { StoreSubject } from "../store-contract.ts";

export interface Installation {
  /** Of the namespace and of everything in it and for it. */
  readonly name: string;
  readonly admin: ApiWriter;
  /** Of the webhook's account. */
  readonly kubeconfig: string;
  /** A store with connections of its own, as each replica has. */
  openStore(): Promise<CertificateStore>;
  readonly secretPath: string;
  readonly configurationPath: string;
}

export const SECRET_NAME = "webhook-ca";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
export const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

export async function install(access: ControlPlaneAccess): Promise<Installation> {
  const name = `tls-${randomUUID().slice(0, 8)}`;
  const user = `system:serviceaccount:${name}:webhook`;
  const admin = await openApiWriter(access.kubeconfigPath, 16);
  await admin.send("POST", "/api/v1/namespaces", { metadata: { name } });
  const subjects = [{ kind: "ServiceAccount", name: "webhook", namespace: name }];
  const apiGroup = "rbac.authorization.k8s.io";
  await admin.send("POST", `${RBAC}/namespaces/${name}/roles`, {
    metadata: { name },
    rules: [
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: [SECRET_NAME],
        verbs: ["get", "update", "patch", "create"],
      },
    ],
  });
  await admin.send("POST", `${RBAC}/namespaces/${name}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: "Role", name },
    subjects,
  });
  await admin.send("POST", `${RBAC}/clusterroles`, {
    metadata: { name },
    rules: [
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["mutatingwebhookconfigurations"],
        resourceNames: [name],
        verbs: ["get", "patch"],
      },
    ],
  });
  await admin.send("POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: "ClusterRole", name },
    subjects,
  });
  const kubeconfig = await kubeconfigFor(access, {
    user,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${name}`],
  });
  return {
    name,
    admin,
    kubeconfig,
    secretPath: `/api/v1/namespaces/${name}/secrets/${SECRET_NAME}`,
    configurationPath: `${CONFIGURATIONS}/${name}`,
    async openStore() {
      const opened = await openConnection({ kubeconfig, context: null, env: {} });
      if (opened.kind === "refused") throw new Error(opened.why);
      return createClusterCertificateStore({
        connection: opened.connection,
        userAgent: "kata-thp-webhook/test",
        secret: { namespace: name, name: SECRET_NAME },
        webhookConfiguration: name,
      });
    },
  };
}

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string };
}

/** Makes the configuration, or replaces it as a whole. */
export async function putWebhooks(
  { name, admin, configurationPath }: Installation,
  webhooks: readonly Webhook[],
): Promise<void> {
  const complete = webhooks.map((webhook) => ({
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    failurePolicy: "Fail",
    timeoutSeconds: 5,
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    ...webhook,
  }));
  const configuration = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };
  const object = { ...configuration, metadata: { name }, webhooks: complete };
  const existing = (await orMissing(admin.send("GET", configurationPath))) as Versioned | null;
  if (existing === null) await admin.send("POST", CONFIGURATIONS, object);
  else await admin.send("PUT", configurationPath, { ...object, metadata: existing.metadata });
}

export async function readWebhooks({ admin, configurationPath }: Installation): Promise<readonly Webhook[]> {
  const found = (await orMissing(admin.send("GET", configurationPath))) as {
    readonly webhooks?: readonly Webhook[];
  } | null;
  return found?.webhooks ?? [];
}

/** The administrator's hand, as store-contract.ts asks for it. */
export async function toSubject(installation: Installation): Promise<StoreSubject> {
  const { admin, secretPath, configurationPath, name } = installation;
  return {
    store: await installation.openStore(),
    async secret() {
      const found = (await orMissing(admin.send("GET", secretPath))) as Versioned | null;
      return found === null ? null : { data: found.data ?? {}, labels: found.metadata.labels ?? {} };
    },
    async setSecret(data, labels = {}) {
      const existing = (await orMissing(admin.send("GET", secretPath))) as Versioned | null;
      if (data === null) {
        if (existing !== null) await admin.send("DELETE", secretPath);
        return;
      }
      const object = { metadata: { name: SECRET_NAME, labels }, type: "Opaque", data };
      if (existing === null) await admin.send("POST", `/api/v1/namespaces/${name}/secrets`, object);
      else await admin.send("PUT", secretPath, object);
    },
    async webhooks() {
      const found = await readWebhooks(installation);
      return found.map((webhook) => ({ name: webhook.name, caBundle: webhook.clientConfig.caBundle ?? "" }));
    },
    async setWebhooks(webhooks) {
      if (webhooks === null) {
        await admin.send("DELETE", configurationPath);
        return;
      }
      await putWebhooks(
        installation,
        webhooks.map((webhook) => ({
          name: webhook.name,
          clientConfig: {
            service: { namespace: "test", name: "webhook", path: "/mutate/enforce" },
            ...(webhook.caBundle === "" ? {} : { caBundle: webhook.caBundle }),
          },
        })),
      );
    },
  };
}

interface Versioned {
  readonly metadata: { readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

async function orMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.message.includes(": 404 ")) return null;
    throw error;
  }
}
