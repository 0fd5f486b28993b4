// The self-signed source's Secret and webhook configuration in a real cluster.
import type { BundleChange, CertificateStore, StoredSecret, StoreFailure } from "../tls/certificate-store.ts";
import type { ApiConnection } from "./api-connection.ts";
import {
  type HelmMarks,
  helmMarksOf,
  type NoSuchObject,
  toStoredSecret,
  toStoredWebhooks,
} from "./certificate-objects.ts";
import { type JsonAnswer, type JsonRequest, requestJson } from "./json-request.ts";

export interface ClusterCertificateStoreOptions {
  readonly connection: ApiConnection;
  /** What the API server's audit log calls us, as in kata-thp-webhook/1.0.0. */
  readonly userAgent: string;
  readonly secret: { readonly namespace: string; readonly name: string };
  /** The name of a MutatingWebhookConfiguration. */
  readonly webhookConfiguration: string;
  /** Of one request; default 5 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const FIELD_MANAGER = "kata-thp-webhook";
/** It is there by now. */
const CREATE_CONFLICTS: ReadonlySet<number> = new Set([409]);
/** Somebody else's change came first (409), or it is gone (404). */
const REPLACE_CONFLICTS: ReadonlySet<number> = new Set([404, 409]);
/** A `test` that does not hold, or a path that is not there, is 422 (apiserver pkg/endpoints/handlers/patch.go). */
const PATCH_CONFLICTS: ReadonlySet<number> = new Set([404, 409, 422]);

export function createClusterCertificateStore(options: ClusterCertificateStoreOptions): CertificateStore {
  const { connection, userAgent, secret, webhookConfiguration, timeoutMs = TIMEOUT_MS } = options;
  const { namespace, name } = secret;
  const secretPath = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const webhooksPath = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${encodeURIComponent(webhookConfiguration)}`;
  const secretIs = `Secret ${namespace}/${name}`;
  const webhooksAre = `MutatingWebhookConfiguration ${webhookConfiguration}`;
  /** Of the configuration: a Secret that was deleted is made again as the same release's, or helm would not know it. */
  let marks: HelmMarks = {};

  /** Also of an answer to a write, which may have been done: whoever wrote reads again. */
  function misread(what: string, { why }: NoSuchObject): StoreFailure {
    return {
      kind: "failed",
      why: `${what}: the answer ${why}; see whether ${connection.server.host} is an API server`,
    };
  }

  async function request(method: JsonRequest["method"], path: string, body: JsonRequest["body"]): Promise<JsonAnswer> {
    return await requestJson(connection, userAgent, { method, path, body, timeoutMs });
  }

  return {
    async readSecret() {
      const answer = await request("GET", secretPath, null);
      const { serverTime } = answer;
      if (answer.kind === "ok") {
        const stored = toStoredSecret(answer.value);
        return stored.kind === "is" ? { kind: "read", secret: stored.value, serverTime } : misread(secretIs, stored);
      }
      if (answer.status === 404) return { kind: "read", secret: null, serverTime };
      return failed(`${secretIs} cannot be read`, answer, secretRule(name));
    },

    async writeSecret(before, data) {
      const answer =
        before === null
          ? await request("PATCH", `${secretPath}?fieldManager=${FIELD_MANAGER}`, createdSecret(secret, marks, data))
          : await request("PUT", `${secretPath}?fieldManager=${FIELD_MANAGER}`, replacedSecret(before, data));
      if (answer.kind === "ok") {
        const stored = toStoredSecret(answer.value);
        return stored.kind === "is" ? { kind: "written", secret: stored.value } : misread(secretIs, stored);
      }
      const conflicts = before === null ? CREATE_CONFLICTS : REPLACE_CONFLICTS;
      if (conflicts.has(answer.status)) return { kind: "conflict", why: `${secretIs}: ${answer.failure.why}` };
      return failed(`${secretIs} cannot be written`, answer, secretRule(name));
    },

    async readWebhooks() {
      const answer = await request("GET", webhooksPath, null);
      if (answer.kind === "ok") {
        const webhooks = toStoredWebhooks(answer.value);
        if (webhooks.kind === "is") marks = helmMarksOf(answer.value);
        return webhooks.kind === "is" ? { kind: "read", webhooks: webhooks.value } : misread(webhooksAre, webhooks);
      }
      if (answer.status === 404) return { kind: "read", webhooks: null };
      return failed(`${webhooksAre} cannot be read`, answer, webhooksRule(webhookConfiguration));
    },

    async patchWebhooks(changes) {
      const value = changes.flatMap(toOperations);
      const body = { contentType: "application/json-patch+json", value };
      const answer = await request("PATCH", `${webhooksPath}?fieldManager=${FIELD_MANAGER}`, body);
      if (answer.kind === "ok") {
        const webhooks = toStoredWebhooks(answer.value);
        return webhooks.kind === "is" ? { kind: "written", webhooks: webhooks.value } : misread(webhooksAre, webhooks);
      }
      if (PATCH_CONFLICTS.has(answer.status)) return { kind: "conflict", why: `${webhooksAre}: ${answer.failure.why}` };
      return failed(`${webhooksAre} cannot be written`, answer, webhooksRule(webhookConfiguration));
    },
  };
}

/**
 * A server-side apply, because RBAC can allow it for one name: a POST has no name to compare with. resourceVersion 1 is
 * no object's, so where there is a Secret by now it is a conflict and changes nothing.
 */
function createdSecret(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  marks: HelmMarks,
  data: StoredSecret["data"],
): JsonRequest["body"] {
  const metadata = { namespace, name, resourceVersion: "1", ...marks };
  const value = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data };
  return { contentType: "application/apply-patch+yaml", value };
}

/** With the resourceVersion that was read, so that it fails where somebody else was first. */
function replacedSecret({ object }: StoredSecret, data: StoredSecret["data"]): JsonRequest["body"] {
  return { contentType: "application/json", value: { ...(object as object), data } };
}

/** All or none. The whole clientConfig is tested, which also tells an absent caBundle. */
function toOperations({ webhook, caBundle }: BundleChange): readonly object[] {
  const path = `/webhooks/${webhook.index}`;
  return [
    { op: "test", path: `${path}/name`, value: webhook.name },
    { op: "test", path: `${path}/clientConfig`, value: webhook.clientConfig },
    { op: "add", path: `${path}/clientConfig/caBundle`, value: caBundle },
  ];
}

function failed(what: string, answer: Extract<JsonAnswer, { kind: "refused" }>, rule: string): StoreFailure {
  const hint = answer.failure.kind === "forbidden" ? `; the webhook's role must have the rule ${rule}` : "";
  return { kind: "failed", why: `${what}: ${answer.failure.why}${hint}` };
}

function secretRule(name: string): string {
  return `- {apiGroups: [""], resources: [secrets], resourceNames: [${name}], verbs: [get, update, patch, create]}`;
}

function webhooksRule(name: string): string {
  return `- {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], resourceNames: [${name}], verbs: [get, patch]}`;
}
