// The webhook with one right less: it serves, and the pod, the log and a metric say what is missing.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { kubeconfigFor } from "../control-plane/access.ts";
import { openKubeApi, sampleOf } from "./kube-api.ts";
import { podOf, withClaim } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

const CLUSTER_ROLE = join(import.meta.dirname, "../../live/cluster-role.yaml");
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A user who has all rights of the webhook's but this one. */
async function kubeconfigWithout(verb: string, resource: string): Promise<string> {
  const access = inject("controlPlane");
  const api = await openKubeApi(access.kubeconfigPath);
  const user = `dispatch-rights-${randomUUID()}`;
  const { rules } = parse(await readFile(CLUSTER_ROLE, "utf8")) as { readonly rules: readonly Rule[] };
  const left = rules
    .map((rule) => ({
      ...rule,
      verbs: rule.verbs.filter((each) => each !== verb || !rule.resources.includes(resource)),
    }))
    .filter(({ verbs }) => verbs.length > 0);
  await api.send("POST", `${RBAC}/clusterroles`, { metadata: { name: user }, rules: left });
  await api.send("POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name: user },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
  api.close();
  return kubeconfigFor(access, { user });
}

describe.each([
  { verb: "list", resource: "runtimeclasses", spec: {}, skipped: "KataSupportUnknown" },
  { verb: "watch", resource: "runtimeclasses", spec: {}, skipped: "KataSupportUnknown" },
  // Where the pod could go is not known then, which is no reason against it.
  { verb: "list", resource: "nodes", spec: {}, skipped: undefined },
  { verb: "get", resource: "persistentvolumeclaims", spec: withClaim("data", "Block"), skipped: "ClaimModeUnknown" },
])("without $verb $resource", ({ verb, resource, spec, skipped }) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({
      access: inject("controlPlane"),
      name: `dispatch-no-${verb}-${resource}`,
      facts: ["--kubeconfig", await kubeconfigWithout(verb, resource)],
    });
  });

  afterAll(async () => {
    await scene?.close();
  });

  it("pods are admitted with the reason, and log and metric name the right", async () => {
    const stored = await scene.store(await scene.enter("enforce"), podOf(scene.target(), spec));

    expect(stored.annotations["kata-thp.dev/skipped"]).toBe(skipped);
    expect(stored.spec["runtimeClassName"]).toBe(skipped === undefined ? scene.variant() : scene.target());
    const sample = `kata_thp_cluster_forbidden_total{resource="${resource}",verb="${verb}"}`;
    expect(sampleOf(await scene.webhook.metrics(), sample)).toBeGreaterThan(0);
    const said = `does not let us ${verb} ${resource}: 403`;
    await expect
      .poll(async () => (await scene.webhook.lines()).filter(({ level }) => level === "error").map(({ msg }) => msg))
      .toContainEqual(expect.stringContaining(said));
  });
});
