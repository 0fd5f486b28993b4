// The ServiceAccount's way to the API server: token and CA from files that the kubelet renews.
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openInCluster } from "../../src/cluster/in-cluster.ts";
import { known, unknown } from "../../src/engine/facts.ts";
import { kubectl } from "../apiserver/control-plane/kubectl.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { observeReader } from "./observed-reader.ts";

const NAMESPACE = "in-cluster";
const access = inject("controlPlane");
const { hostname, port } = new URL(access.url);
const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
let writer: ApiWriter;
let dir: string;

beforeAll(async () => {
  writer = await openApiWriter(access.kubeconfigPath);
  dir = await mkdtemp(join(tmpdir(), "kata-thp-account-"));
  await copyFile(access.caCertificatePath, join(dir, "ca.crt"));
  await writer.send("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  await writer.send("POST", `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: "webhook" } });
  await kubectl(access, ["apply", "-f", join(import.meta.dirname, "cluster-role.yaml")]);
  await writer.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: NAMESPACE },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "kata-thp-webhook" },
    subjects: [{ kind: "ServiceAccount", name: "webhook", namespace: NAMESPACE }],
  });
});

afterAll(async () => {
  writer.close();
  await rm(dir, { recursive: true });
});

async function newToken(): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/webhook/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const { status } = (await writer.send("POST", path, request)) as { readonly status: { readonly token: string } };
  return `${status.token}\n`;
}

it("reads everything as the pod's ServiceAccount, and goes on with a token that was renewed", async () => {
  await writeFile(join(dir, "token"), await newToken());
  const opened = await openInCluster(env, dir);
  if (opened.kind === "refused") throw new Error(opened.why);
  const live = observeReader(opened.connection);
  await live.synced();
  expect(await live.reader.claimMode(NAMESPACE, "absent", 5_000)).toEqual(unknown("not found"));
  expect(live.reader.variantsOf("nothing-is")).toEqual(known([]));

  await writeFile(join(dir, "token"), "not-a-token");
  expect(await live.reader.claimMode(NAMESPACE, "absent", 5_000)).toEqual(unknown("timeout"));
  expect(live.events.at(-1)).toMatchObject({ kind: "claim", why: "401 Unauthorized" });

  await writeFile(join(dir, "token"), await newToken());
  expect(await live.reader.claimMode(NAMESPACE, "absent", 5_000)).toEqual(unknown("not found"));
  await live.close();
});

it("says that there is no ServiceAccount", async () => {
  expect(await openInCluster(env, join(dir, "nowhere"))).toEqual({
    kind: "refused",
    why: expect.stringMatching(/ServiceAccount's files cannot be read: ENOENT.*automountServiceAccountToken/),
  });
});
