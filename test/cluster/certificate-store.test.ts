// Answers that no API server gives; test/tls-rotation/apiserver has the store on a real one.
import { expect, it, onTestFinished } from "vitest";
import { helmMarksOf } from "../../src/cluster/certificate-objects.ts";
import { createClusterCertificateStore } from "../../src/cluster/certificate-store.ts";
import type { CertificateStore } from "../../src/tls/certificate-store.ts";
import { sendJson, startScriptedServer } from "./scripted-server.ts";

const HELM = { "app.kubernetes.io/managed-by": "Helm" };
const RELEASE = { "meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "n" };

/** A store whose every request is answered 200 with `body`. */
async function storeOf(body: unknown): Promise<{ readonly store: CertificateStore; readonly host: string }> {
  const server = await startScriptedServer((_path, response) => sendJson(response, 200, body));
  onTestFinished(async () => await server.close());
  const { connection } = server;
  const store = createClusterCertificateStore({
    connection,
    userAgent: "test",
    secret: { namespace: "a", name: "b" },
    webhookConfiguration: "w",
  });
  return { store, host: connection.server.host };
}

it.each<[string, object, object]>([
  ["nobody's", {}, {}],
  ["a person's", { labels: { "app.kubernetes.io/managed-by": "me" }, annotations: RELEASE }, {}],
  ["half a release's", { labels: HELM, annotations: { "meta.helm.sh/release-name": "r" } }, {}],
  ["of odd types", { labels: 1, annotations: { "meta.helm.sh/release-name": {} } }, {}],
  [
    "a release's",
    { labels: { ...HELM, a: "b" }, annotations: { ...RELEASE, c: "d" } },
    { labels: HELM, annotations: RELEASE },
  ],
])("knows by its marks an object that is %s", (_, metadata, marks) => {
  expect(helmMarksOf({ metadata })).toEqual(marks);
});

const BEFORE = { resourceVersion: "1", data: {}, object: {} };
const VERSIONED = { metadata: { resourceVersion: "1" } };

it.each<[unknown, string]>([
  [null, "it has to be an object"],
  [5, "it has to be an object"],
  [[], "it has to be an object"],
  [{ kind: "Status" }, "kind has to be Secret"],
  [{ data: { "ca.crt": 5 } }, 'data["ca.crt"] has to be a string'],
  [{ ...VERSIONED, data: "" }, "data has to be an object"],
  [{ metadata: 1 }, "metadata has to be an object"],
  [{}, "metadata.resourceVersion has to be given"],
  [{ metadata: { resourceVersion: "" } }, "metadata.resourceVersion has to be given"],
])("says why an answer is no Secret: %j", async (body, why) => {
  const { store, host } = await storeOf(body);
  const failure = {
    kind: "failed",
    why: `Secret a/b: the answer is not a Secret: ${why}; see whether ${host} is an API server`,
  };
  expect(await store.readSecret()).toEqual(failure);
  expect(await store.writeSecret(null, {})).toEqual(failure);
  expect(await store.writeSecret(BEFORE, {})).toEqual(failure);
});

it.each<[unknown, string]>([
  [null, "it has to be an object"],
  [{ kind: "List" }, "kind has to be MutatingWebhookConfiguration"],
  [{ webhooks: {} }, "webhooks has to be a list"],
  [{ webhooks: [null] }, "webhooks[0] has to be a value, not null"],
  [{ webhooks: [{ name: "x" }] }, "webhooks[0].clientConfig has to be given"],
  [{ webhooks: [{ name: "x", clientConfig: null }] }, "webhooks[0].clientConfig has to be given"],
  [{ webhooks: [{ name: 1, clientConfig: {} }] }, "webhooks[0].name has to be a string"],
  [{ webhooks: [{ name: "x", clientConfig: { url: 1 } }] }, "webhooks[0].clientConfig.url has to be a string"],
  [
    { webhooks: [{ name: "x", clientConfig: { caBundle: {} } }] },
    "webhooks[0].clientConfig.caBundle has to be a string",
  ],
  [
    { webhooks: [{ name: "x", clientConfig: { service: { name: "s" } } }] },
    "webhooks[0].clientConfig.service.namespace has to be a string",
  ],
])("says why an answer is no configuration: %j", async (body, why) => {
  const { store, host } = await storeOf(body);
  const failure = {
    kind: "failed",
    why: `MutatingWebhookConfiguration w: the answer is not a MutatingWebhookConfiguration: ${why}; see whether ${host} is an API server`,
  };
  expect(await store.readWebhooks()).toEqual(failure);
  expect(await store.patchWebhooks([])).toEqual(failure);
});

it("takes null for absent, as the API server does", async () => {
  const secret = { ...VERSIONED, kind: "Secret", data: { a: "eA==", b: null }, type: "Opaque" };
  expect(await (await storeOf(secret)).store.readSecret()).toMatchObject({
    kind: "read",
    secret: { resourceVersion: "1", data: { a: "eA==", b: "" }, object: secret },
  });
  const { store } = await storeOf({ ...VERSIONED, data: null });
  expect(await store.readSecret()).toMatchObject({ kind: "read", secret: { data: {} } });
  const clientConfigs = [
    { service: null, url: "https://[::1]/x", caBundle: null },
    { service: { namespace: "a", name: "s" }, url: null },
    {},
  ];
  const webhooks = clientConfigs.map((clientConfig) => ({ name: "x", clientConfig }));
  expect(await (await storeOf({ webhooks })).store.readWebhooks()).toEqual({
    kind: "read",
    webhooks: ["::1", "s.a.svc", ""].map((host, index) => ({
      index,
      name: "x",
      host,
      caBundle: "",
      clientConfig: clientConfigs[index],
    })),
  });
  expect(await (await storeOf({ webhooks: null })).store.readWebhooks()).toEqual({ kind: "read", webhooks: [] });
});
