// The chart with certificate.source cert-manager, on cert-manager's own controllers and its CRDs.
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findBinaries, GET_COMMAND } from "../../apiserver/control-plane/binaries.ts";
import { startControlPlane } from "../../apiserver/control-plane/start.ts";
import { openKubeApi } from "../../apiserver/dispatch/kube-api.ts";
import { podOf } from "../../apiserver/dispatch/pods.ts";
import { createMount } from "../../support/temporary-folder.ts";
import {
  askReadyz,
  CONFIGURATION,
  install,
  MINUTE_MS,
  NAME,
  renew,
  type SecretData,
  secretData,
  SERVE_LOG,
  served,
  type Site,
  startControllers,
  startServer,
} from "./cert-manager-site.ts";
import { type ServiceNetwork, startServiceNetwork } from "./service-network.ts";

const { missing } = findBinaries(["cert-manager", "helm"]);

if (missing.length > 0) {
  console.warn(`LEFT OUT: cert-manager's controllers. ${GET_COMMAND} ${missing.join(" ")} builds what is missing.`);
}

let network: ServiceNetwork;
let site: Site;

beforeAll(async () => {
  if (missing.length > 0) return;
  const folder = await mkdtemp(join(tmpdir(), "kata-cm-"));
  network = await startServiceNetwork(folder);
  const plane = await startControlPlane({ apiserverFlags: network.flags });
  site = { folder, plane, api: await openKubeApi(plane.access.kubeconfigPath) };
});

afterAll(async () => {
  if (missing.length > 0) return;
  site.api.close();
  await site.plane.stop();
  await network.close();
  await rm(site.folder, { recursive: true });
});

async function awaitSecret(isWanted: (data: SecretData) => boolean): Promise<SecretData> {
  let found: SecretData | null = null;
  await expect
    .poll(
      async () => {
        found = await secretData(site);
        return found !== null && isWanted(found);
      },
      { timeout: MINUTE_MS },
    )
    .toBe(true);
  return found as unknown as SecretData;
}

async function caBundles(): Promise<readonly string[]> {
  const { webhooks } = await site.api.send("GET", CONFIGURATION);
  return (webhooks as readonly { readonly clientConfig: { readonly caBundle?: string } }[]).map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? "", "base64").toString(),
  );
}

it.skipIf(missing.length > 0)(
  "cert-manager fills in Secret and caBundle, and a renewal with another key costs no admission",
  { timeout: 3 * MINUTE_MS },
  async () => {
    await install(site);
    const controllers = await startControllers(site);
    onTestFinished(async () => controllers.stop(2000));
    const first = await awaitSecret(() => true);
    const mount = await createMount(first);
    await expect.poll(caBundles, { timeout: MINUTE_MS }).toEqual([first["ca.crt"], first["ca.crt"]]);

    const { server, port } = await startServer(site, mount.folder, first["ca.crt"]);
    onTestFinished(async () => server.stop(2000));
    network.lead(port);
    const create = async (query = ""): Promise<unknown> => {
      const { spec } = await site.api.send(
        "POST",
        `/api/v1/namespaces/team/pods${query}`,
        podOf("kata-clh", {}, { name: undefined, generateName: "p-" }),
      );
      return spec.runtimeClassName;
    };
    await expect
      .poll(async () => await create("?dryRun=All").catch(String), { timeout: MINUTE_MS })
      .toBe("kata-clh-thp");

    const stopping = new AbortController();
    const classes: unknown[] = [];
    const stream = (async (): Promise<void> => {
      while (!stopping.signal.aborted) classes.push(await create().catch(String));
    })();
    await renew(site);
    const second = await awaitSecret((data) => data["tls.key"] !== first["tls.key"] && isPair(data));
    expect(second["ca.crt"]).toBe(first["ca.crt"]);
    await mount.update(second);
    const { fingerprint256 } = new X509Certificate(second["tls.crt"]);
    await expect.poll(async () => await served(port, second["ca.crt"]), { timeout: MINUTE_MS }).toBe(fingerprint256);
    const ready = { status: 200, body: "ok\n" };
    await expect.poll(async () => await askReadyz(port, second["ca.crt"]), { timeout: MINUTE_MS }).toEqual(ready);
    const before = classes.length;
    await expect.poll(() => classes.length, { timeout: MINUTE_MS }).toBeGreaterThan(before + 10);
    stopping.abort();
    await stream;

    expect(new Set(classes)).toEqual(new Set(["kata-clh-thp"]));
    await expectUnreadyWithoutTrust(port, second["ca.crt"]);
    console.log(`${classes.length} pods were patched with failurePolicy Fail, none refused, through a renewal`);
  },
);

/** Somebody takes the caBundle of one entry away, and then the API server goes away too. */
async function expectUnreadyWithoutTrust(port: number, ca: string): Promise<void> {
  const { metadata, webhooks } = await site.api.send("GET", CONFIGURATION);
  const annotations = { ...metadata.annotations, "cert-manager.io/inject-ca-from": null };
  const changed = (webhooks as readonly { readonly name: string; readonly clientConfig: object }[]).map((webhook) =>
    webhook.name.startsWith("observe.")
      ? { ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: null } }
      : webhook,
  );
  await site.api.send("PATCH", CONFIGURATION, { metadata: { annotations }, webhooks: changed });
  const unready = {
    status: 503,
    body: "not ready: the served certificate does not chain to a CA in the caBundle of observe.kata-thp.dev\n",
  };
  await expect.poll(async () => await askReadyz(port, ca), { timeout: MINUTE_MS }).toEqual(unready);
  await site.plane.stopApiserver();
  const warned = async (): Promise<boolean> =>
    (await readFile(join(site.folder, SERVE_LOG), "utf8")).includes(
      `MutatingWebhookConfiguration ${NAME} cannot be read`,
    );
  await expect.poll(warned, { timeout: MINUTE_MS }).toBe(true);
  expect((await askReadyz(port, ca)).body).toContain(unready.body);
}

function isPair(data: SecretData): boolean {
  return data["tls.crt"] !== "" && data["tls.crt"] !== data["ca.crt"];
}
