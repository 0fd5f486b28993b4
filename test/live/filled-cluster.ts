// A real API server with as many objects as a large cluster has.
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneAccess } from "../apiserver/control-plane/access.ts";
import type { ApiWriter } from "./api-writer.ts";
import { CLASSES, NODES, runtimeClass } from "./objects.ts";
import { sampleNode } from "./sample-node.ts";

/** Makes the objects and prints how long it took. */
export async function fill(writer: ApiWriter, nodes: number, classes: number): Promise<void> {
  const startedMs = performance.now();
  const observedAt = new Date().toISOString();
  const names = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(5, "0")}`);
  await Promise.all(names.map(async (name) => writer.send("POST", NODES, sampleNode(name, observedAt))));
  const classNames = Array.from({ length: classes }, (_, index) => `class-${index}`);
  await Promise.all(classNames.map(async (name) => writer.send("POST", CLASSES, runtimeClass(name, `${name}-target`))));
  const { length } = JSON.stringify(await writer.send("GET", `${NODES}/${names[0]}`));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${nodes} Nodes of ${length} bytes and ${classes} RuntimeClasses are there after ${seconds} s`);
}

/** What the kubelet would mount into the webhook's pod, into `dir`. */
export async function writeServiceAccount(writer: ApiWriter, access: ControlPlaneAccess, dir: string): Promise<void> {
  await copyFile(access.caCertificatePath, join(dir, "ca.crt"));
  await writer.send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "webhook" } });
  await writer.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "webhook" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "webhook", namespace: "default" }],
  });
  const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 7_200 } };
  const path = "/api/v1/namespaces/default/serviceaccounts/webhook/token";
  const { status } = (await writer.send("POST", path, asked)) as { readonly status: { readonly token: string } };
  await writeFile(join(dir, "token"), status.token);
}
