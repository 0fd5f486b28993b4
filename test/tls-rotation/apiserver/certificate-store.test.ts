// The store against the real API server, with just the rights that the chart gives.
import { expect, inject, it } from "vitest";
import { openApiWriter } from "../../live/api-writer.ts";
import { describeStore } from "../store-contract.ts";
import { CONFIGURATIONS, install, SECRET_NAME, toSubject } from "./installation.ts";

describeStore("the API server", async () => await toSubject(await install(inject("controlPlane"))));

it("has no right that it does not need", async () => {
  const installation = await install(inject("controlPlane"));
  const { name, kubeconfig, secretPath, configurationPath } = installation;
  const subject = await toSubject(installation);
  await subject.setSecret({});
  await subject.setWebhooks([{ name: "a.test.dev", caBundle: "" }]);
  const webhook = await openApiWriter(kubeconfig);
  const secrets = `/api/v1/namespaces/${name}/secrets`;
  const refused = [
    webhook.send("GET", secrets),
    webhook.send("POST", secrets, { metadata: { name: SECRET_NAME } }),
    webhook.send("GET", `${secrets}/another`),
    webhook.send("PATCH", `${secrets}/another`, {}),
    webhook.send("DELETE", secretPath),
    webhook.send("GET", `/api/v1/namespaces/default/secrets/${SECRET_NAME}`),
    webhook.send("GET", CONFIGURATIONS),
    webhook.send("PUT", configurationPath, {}),
    webhook.send("DELETE", configurationPath),
    webhook.send("PATCH", `${CONFIGURATIONS}/another`, {}),
  ];
  for (const outcome of await Promise.allSettled(refused)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { message: expect.stringMatching(/: 403 /) } });
  }
});

it("makes a deleted Secret again as one of the release's, so that helm takes it along", async () => {
  const installation = await install(inject("controlPlane"));
  const { admin, secretPath, configurationPath } = installation;
  const subject = await toSubject(installation);
  await subject.setWebhooks([{ name: "a.test.dev", caBundle: "" }]);
  const marks = {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": "kata-thp", "meta.helm.sh/release-namespace": "a" },
  };
  const configuration = (await admin.send("GET", configurationPath)) as { readonly metadata: object };
  const { labels, annotations } = marks;
  await admin.send("PUT", configurationPath, {
    ...configuration,
    metadata: {
      ...configuration.metadata,
      labels: { ...labels, "helm.sh/chart": "kata-thp-webhook-0.1.0" },
      annotations: { ...annotations, other: "x" },
    },
  });
  const { store } = subject;
  await store.readWebhooks();
  expect(await store.writeSecret(null, {})).toMatchObject({ kind: "written" });
  expect(await admin.send("GET", secretPath)).toMatchObject({ metadata: marks });
  const { metadata } = (await admin.send("GET", secretPath)) as { readonly metadata: typeof marks };
  expect([metadata.labels, metadata.annotations]).toEqual([marks.labels, marks.annotations]);
});

it("says which right is missing", async () => {
  const installation = await install(inject("controlPlane"));
  const { admin, name } = installation;
  const store = await installation.openStore();
  await admin.send("DELETE", `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings/${name}`);
  await admin.send("DELETE", `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`);
  // The authorizer learns of it a moment later.
  await expect.poll(async () => (await store.readWebhooks()).kind).toBe("failed");
  await expect.poll(async () => (await store.readSecret()).kind).toBe("failed");
  expect(await store.readSecret()).toEqual({
    kind: "failed",
    why: expect.stringMatching(
      /^Secret tls-.*\/webhook-ca cannot be read: 403 .*must have the rule - \{apiGroups: \[""\], resources: \[secrets\], resourceNames: \[webhook-ca\], verbs: \[get, update, patch, create\]\}$/,
    ),
  });
  expect(await store.writeSecret(null, {})).toMatchObject({ kind: "failed" });
});
