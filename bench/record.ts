/**
 * node bench/record.ts      records bench/reviews anew; wants the test control plane
 *
 * A real kube-apiserver sends the reviews of pods that the ReplicaSet controller makes, and what it sends is written
 * down byte for byte.
 */
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { startControlPlane } from "../test/apiserver/control-plane/start.ts";
import { createNamespace } from "../test/apiserver/control-plane/kubectl.ts";
import { type ApiWriter, openApiWriter } from "../test/live/api-writer.ts";
import { makePair } from "../test/support/certificates.ts";
import { addClassPair } from "./cluster.ts";
import { REVIEW_SIZES, reviewFile } from "./reviews.ts";
import { SAMPLE_PODS } from "./sample-pods.ts";

const NAMESPACE = "shop";
const HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const LONGEST_WAIT_MS = 30_000;

const plane = await startControlPlane({ withControllers: ["controller-manager"] });
const pair = await makePair();
const received = new Map<string, Buffer>();
const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
  void answer(request, response);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const { uid, object } = (JSON.parse(body.toString()) as Review).request;
  received.set(object.metadata.labels["app"] ?? "", body);
  response.setHeader("content-type", "application/json");
  const allowed = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid, allowed: true } };
  response.end(JSON.stringify(allowed), () => server.emit("reviewed"));
}

interface Review {
  readonly request: {
    readonly uid: string;
    readonly object: { readonly metadata: { readonly labels: Record<string, string> } };
  };
}

try {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const writer = await openApiWriter(plane.access.kubeconfigPath);
  await addClassPair(writer);
  await createNamespace(plane.access, NAMESPACE);
  await addWebhook(writer, (server.address() as AddressInfo).port, pair.cert);
  await mkdir(join(import.meta.dirname, "reviews"), { recursive: true });
  for (const size of REVIEW_SIZES) {
    const template = SAMPLE_PODS[size];
    const app = (template.metadata.labels as { readonly app: string }).app;
    const spec = { replicas: 1, selector: { matchLabels: { app } }, template };
    await writer.send("POST", `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, { metadata: { name: app }, spec });
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    while (!received.has(app)) await once(server, "reviewed", { signal });
    const body = received.get(app) as Buffer;
    await writeFile(reviewFile(size), body);
    console.log(`${size}: ${body.length} bytes from kube-apiserver ${plane.access.kubeVersion}`);
  }
  writer.close();
} finally {
  server.closeAllConnections();
  server.close();
  await plane.stop();
}

async function addWebhook(writer: ApiWriter, port: number, ca: string): Promise<void> {
  await writer.send("POST", HOOKS, {
    metadata: { name: "recorder" },
    webhooks: [
      {
        name: "recorder.kata-thp.dev",
        admissionReviewVersions: ["v1"],
        clientConfig: {
          url: `https://127.0.0.1:${port}/mutate/enforce`,
          caBundle: Buffer.from(ca).toString("base64"),
        },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        failurePolicy: "Fail",
        sideEffects: "None",
        timeoutSeconds: 10,
      },
    ],
  });
}
