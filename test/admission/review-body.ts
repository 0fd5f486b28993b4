// AdmissionReviews as bytes, and the cluster that they are answered in.
import { fileURLToPath } from "node:url";
import { mutate, type MutateDeps, type Mutation } from "../../src/admission/mutate.ts";
import { loadSnapshot } from "../../src/cluster/snapshot.ts";
import type { Mode } from "../../src/engine/facts.ts";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";

export const UID = "6d17211f-4010-4995-8112-96cbbf5792aa";

const snapshot = await loadSnapshot(fileURLToPath(new URL("cluster", import.meta.url)), () => new Date(0));
if (snapshot.kind === "invalid") throw new Error(snapshot.errors.join("\n"));

/** The built-in policy in a cluster where kata-clh-thp stands in for kata-clh. */
export const DEPS: MutateDeps = { reader: snapshot.reader, policy: BUILT_IN_POLICY, version: "1.2.3" };

/** The pod that gets private memory: of a ReplicaSet's, with nothing that needs a shared filesystem. */
export const ELIGIBLE: object = {
  metadata: { generateName: "web-", ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true }] },
  spec: { runtimeClassName: "kata-clh", containers: [{ name: "c", image: "busybox:1" }] },
};

/** A review of CREATE of a pod; `request` is laid over it. `object: undefined` leaves the object out. */
export function reviewOf(object: unknown, request: object = {}, review: object = {}): string {
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: UID,
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      namespace: "team",
      operation: "CREATE",
      object,
      oldObject: null,
      dryRun: false,
      ...request,
    },
    ...review,
  });
}

/** The answer to this body. */
export function answerTo(
  body: string | Buffer,
  deps: Partial<MutateDeps> = {},
  mode: Mode = "enforce",
): Promise<Mutation> {
  return mutate([typeof body === "string" ? Buffer.from(body) : body], mode, 10_000, { ...DEPS, ...deps });
}

/** The operations in an answer, decoded; null where it has none. */
export function patchIn(body: string): string | null {
  const { response } = JSON.parse(body) as { response: { patch?: string } };
  return response.patch === undefined ? null : Buffer.from(response.patch, "base64").toString("utf8");
}
