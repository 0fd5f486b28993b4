// A mutating webhook of somebody else's, that does what a test tells it.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { ControlPlaneAccess } from "../control-plane/access.ts";
import { issueServerCertificate } from "../control-plane/pki.ts";
import type { KubeObject } from "./kube-api.ts";

/** RFC 6902, more than the webhook's own patches need. */
export interface AnyOperation {
  readonly op: "add" | "remove" | "replace";
  readonly path: string;
  readonly value?: unknown;
}

export interface OtherWebhook {
  readonly url: string;
  /** PEM: who its certificate is from. */
  readonly ca: string;
  /** The pods that it was asked about in that namespace, as they came, oldest first. */
  pods(namespace: string): readonly KubeObject[];
  close(): Promise<void>;
}

/** The patch for a pod; with no operation it passes as it is. */
export type PodChange = (pod: KubeObject) => readonly AnyOperation[] | Promise<readonly AnyOperation[]>;

/** Starts it. */
export async function startOtherWebhook(access: ControlPlaneAccess, change: PodChange): Promise<OtherWebhook> {
  const ca = await readFile(access.caCertificatePath, "utf8");
  const key = await readFile(access.caKeyPath, "utf8");
  const pair = await issueServerCertificate({ certificate: ca, key }, ["127.0.0.1"]);
  const asked: { readonly namespace: string; readonly pod: KubeObject }[] = [];
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    void buffer(request).then(async (body) => {
      const review = JSON.parse(body.toString("utf8")) as Review;
      const { uid, namespace, object } = review.request;
      asked.push({ namespace, pod: object });
      const operations = await change(object);
      const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          apiVersion: review.apiVersion,
          kind: review.kind,
          response: { uid, allowed: true, ...(operations.length === 0 ? {} : { patchType: "JSONPatch", patch }) },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    pods: (namespace) => asked.filter((each) => each.namespace === namespace).map(({ pod }) => pod),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly namespace: string; readonly object: KubeObject };
}
