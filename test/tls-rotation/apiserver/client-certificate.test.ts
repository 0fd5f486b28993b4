// An API server that presents a client certificate to webhooks, by an AdmissionConfiguration, and one that presents none.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { ControlPlaneAccess } from "../../apiserver/control-plane/access.ts";
import { createAuthority, issueClientCertificate, type PemPair } from "../../apiserver/control-plane/pki.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { webhookKubeconfig } from "../../apiserver/dispatch/cluster-objects.ts";
import { type KubeApi, openKubeApi, sampleOf } from "../../apiserver/dispatch/kube-api.ts";
import { podOf } from "../../apiserver/dispatch/pods.ts";
import { openScene } from "../../apiserver/dispatch/scene.ts";
import { configurationLabel, ourConfiguration } from "../../apiserver/dispatch/webhook-configuration.ts";
import { startWebhook } from "../../apiserver/dispatch/webhook-process.ts";

const CLIENT = "kube-apiserver-webhook-client";
/** The API server takes a configuration in within a second, on a busy machine later. */
const PATIENCE = { timeout: 30_000 };
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

let folder: string;
let presenting: ControlPlane;
/** Flags of `serve`. */
let clientCa: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kata-thp-client-"));
  const authority = await createAuthority();
  const caFile = join(folder, "client-ca.crt");
  await writeFile(caFile, authority.certificate);
  clientCa = ["--client-ca", caFile];
  const configuration = await writeAdmissionConfiguration(await issueClientCertificate(authority, { user: CLIENT }));
  presenting = await startControlPlane({ apiserverFlags: [`--admission-control-config-file=${configuration}`] });
});

afterAll(async () => {
  await presenting?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As docs/certificates.md tells an operator to. @returns its path */
async function writeAdmissionConfiguration(client: PemPair): Promise<string> {
  const at = (name: string): string => join(folder, name);
  await writeFile(at("client.crt"), client.certificate);
  await writeFile(at("client.key"), client.key, { mode: 0o600 });
  const user = { "client-certificate": at("client.crt"), "client-key": at("client.key") };
  const kubeconfig = { apiVersion: "v1", kind: "Config", users: [{ name: "*", user }] };
  await writeFile(at("webhooks.kubeconfig"), JSON.stringify(kubeconfig));
  const configuration = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "WebhookAdmissionConfiguration",
    kubeConfigFile: at("webhooks.kubeconfig"),
  };
  await writeFile(
    at("admission.json"),
    JSON.stringify({
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "AdmissionConfiguration",
      plugins: [{ name: "MutatingAdmissionWebhook", configuration }],
    }),
  );
  return at("admission.json");
}

it("patches the pods of an API server that presents a certificate with an allowed name", async () => {
  const { access } = presenting;
  const api = await openKubeApi(access.kubeconfigPath);
  const name = "client-cert";
  const facts = ["--kubeconfig", await webhookKubeconfig(access, api, name), ...clientCa, `--client-name=${CLIENT}`];
  const scene = await openScene({ access, name, facts });
  try {
    const namespace = await scene.enter("enforce");
    const stored = await scene.store(namespace, podOf(scene.target()));
    expect(stored).toMatchObject({ spec: { runtimeClassName: scene.variant() } });
    expect(await scene.webhook.metrics()).not.toMatch(/^kata_thp_client_certificates_refused_total\{.*\} [1-9]/m);
  } finally {
    await scene.close();
    api.close();
  }
});

it.each<[string, string, readonly string[], () => ControlPlaneAccess, string]>([
  [
    "presents a certificate of another name",
    "name",
    ["--client-name=somebody-else"],
    () => presenting.access,
    "The client certificate has no name that --client-name allows.",
  ],
  [
    "presents none",
    "absent",
    [],
    () => inject("controlPlane"),
    "This webhook asks for a client certificate of a CA in its --client-ca, and there was none.",
  ],
])(
  "leaves the pods of an API server that %s as they came, and both sides count it",
  async (_, reason, flags, accessOf, sentence) => {
    const access = accessOf();
    const api = await openKubeApi(access.kubeconfigPath);
    const name = `client-${randomUUID().slice(0, 8)}`;
    const webhook = await startWebhook({
      access,
      facts: ["--kubeconfig", await webhookKubeconfig(access, api, name), ...clientCa, ...flags],
      policy: { targets: [{ runtimeClass: name }] },
    });
    const entry = `enforce.${name}.kata-thp.dev`;
    const refused = async (): Promise<number> =>
      sampleOf(await webhook.metrics(), `kata_thp_client_certificates_refused_total{reason="${reason}"}`);
    const failedOpen = async (): Promise<number> =>
      sampleOf(await api.text("/metrics"), `apiserver_admission_webhook_fail_open_count{name="${entry}",type="admit"}`);
    try {
      await install(api, name, { url: `https://127.0.0.1:${webhook.port}`, ca: webhook.ca });
      const pods = `/api/v1/namespaces/${name}/pods`;
      await expect
        .poll(async () => {
          await api.send("POST", `${pods}?dryRun=All`, podOf(name));
          return refused();
        }, PATIENCE)
        .toBeGreaterThan(0);

      const [refusedBefore, openBefore] = [await refused(), await failedOpen()];
      const { spec, metadata } = await api.send("POST", pods, podOf(name));
      expect([spec.runtimeClassName, metadata.annotations]).toEqual([name, undefined]);
      expect([await refused(), await failedOpen()]).toEqual([refusedBefore + 1, openBefore + 1]);
      expect(await webhook.reviews(name)).toEqual([]);

      // With Fail whoever makes the pod reads the webhook's own words.
      await setFailurePolicy(api, name, "Fail");
      await expect
        .poll(async () => (await api.ask("POST", `${pods}?dryRun=All`, podOf(name))).status, PATIENCE)
        .toBe(500);
      const { body } = await api.ask("POST", `${pods}?dryRun=All`, podOf(name));
      expect(body["message"]).toContain(sentence);
    } finally {
      await api.ask("DELETE", `${CONFIGURATIONS}/${name}`);
      await webhook.stop();
      api.close();
    }
  },
);

async function install(
  api: KubeApi,
  name: string,
  served: { readonly url: string; readonly ca: string },
): Promise<void> {
  await api.send("POST", "/apis/node.k8s.io/v1/runtimeclasses", { metadata: { name }, handler: "kata-clh" });
  const labels = { "kata-thp.dev/mode": "enforce", [configurationLabel(name)]: "" };
  await api.send("POST", "/api/v1/namespaces", { metadata: { name, labels } });
  await api.send("POST", CONFIGURATIONS, ourConfiguration(name, served));
}

async function setFailurePolicy(api: KubeApi, name: string, failurePolicy: "Fail" | "Ignore"): Promise<void> {
  const configuration = await api.send("GET", `${CONFIGURATIONS}/${name}`);
  const webhooks = (configuration["webhooks"] as readonly object[]).map((webhook) => ({ ...webhook, failurePolicy }));
  await api.send("PUT", `${CONFIGURATIONS}/${name}`, { ...configuration, webhooks });
}
