// Pods that controllers make: their owner is known, they are patched, and they run.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBinaries } from "../control-plane/binaries.ts";
import { kubectl } from "../control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/start.ts";
import { CONTROLLER_TOOLS } from "../control-plane/tools.ts";
import { LARGE, scheduled, SMALL } from "./by-hand.ts";
import { addNode } from "./cluster-objects.ts";
import type { KubeObject } from "./kube-api.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

const WITHOUT_VARIANT = "dispatch-owned-without";
const LABELS = { app: "made" };

describe.skipIf(findBinaries(CONTROLLER_TOOLS).missing.length > 0)("pods by controllers", () => {
  let plane: ControlPlane;
  let scene: Scene;

  beforeAll(async () => {
    plane = await startControlPlane({ withControllers: ["controller-manager", "scheduler", "kwok"] });
    scene = await openScene({
      access: plane.access,
      name: "dispatch-owned",
      // The pod has to have found its place for its class.
      pairs: { clh: { target: { ...LARGE, ...scheduled("kata") }, variant: { ...SMALL, ...scheduled("thp") } } },
      // A pod without a controller is left alone: whoever is patched has an owner that we know of.
      policy: { barePods: "skip" },
      nodeLabels: { kata: "true", thp: "true" },
      nodeTaints: [
        { key: "kata", effect: "NoSchedule" },
        { key: "thp", effect: "NoSchedule" },
      ],
    });
    await addNode(scene.api, WITHOUT_VARIANT, { kata: "true" });
  });

  afterAll(async () => {
    await scene?.close();
    await plane?.stop();
  });

  /** The template of a pod of the target. */
  const template = (spec: object = {}): object => {
    const { spec: own } = podOf(scene.target(), spec) as { readonly spec: object };
    return { metadata: { labels: LABELS }, spec: own };
  };
  const selector = { matchLabels: LABELS };
  const job = (): object => ({ completions: 2, parallelism: 2, template: template({ restartPolicy: "Never" }) });

  const WORKLOADS: readonly {
    readonly kind: string;
    readonly path: string;
    readonly owner: string;
    readonly pods: number;
    readonly phase: string;
    readonly spec: () => object;
  }[] = [
    {
      kind: "Deployment",
      path: "apps/v1",
      owner: "ReplicaSet",
      pods: 3,
      phase: "Running",
      spec: () => ({ replicas: 3, selector, template: template() }),
    },
    {
      kind: "StatefulSet",
      path: "apps/v1",
      owner: "StatefulSet",
      pods: 2,
      phase: "Running",
      spec: () => ({ replicas: 2, selector, serviceName: "made", template: template() }),
    },
    { kind: "Job", path: "batch/v1", owner: "Job", pods: 2, phase: "Succeeded", spec: job },
  ];

  it.each(WORKLOADS)(
    "$kind: patched by their owner's right, and they run",
    async ({ kind, path, owner, pods, phase, spec }) => {
      const namespace = await scene.enter("enforce");
      await awaitServiceAccount(namespace);

      await scene.api.send("POST", `/apis/${path}/namespaces/${namespace}/${kind.toLowerCase()}s`, {
        metadata: { name: "made" },
        spec: spec(),
      });

      const made = await awaitPods(namespace, pods, phase);
      expect(made.map(({ metadata }) => ownerKind(metadata["ownerReferences"]))).toEqual(made.map(() => owner));
      for (const pod of made) {
        expect(pod).toMatchObject({
          metadata: { annotations: { "kata-thp.dev/status": expect.stringContaining('"decision":"patch"') } },
          spec: {
            runtimeClassName: scene.variant(),
            nodeName: scene.name,
            nodeSelector: { kata: "true", thp: "true" },
            overhead: SMALL.overhead?.podFixed,
          },
        });
      }
      const decisions = (await scene.webhook.reviews(namespace)).map(({ decision }) => decision);
      expect(decisions.filter((decision) => decision === "patch")).toHaveLength(pods);
    },
  );

  it("a DaemonSet's, but on the node that the variant cannot go to", async () => {
    const namespace = await scene.enter("enforce");
    await awaitServiceAccount(namespace);
    // The DaemonSet controller does not look at RuntimeClasses: what they tolerate the template has to.
    const spec = { selector, template: template({ tolerations: [{ operator: "Exists" }] }) };

    await scene.api.send("POST", `/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
      metadata: { name: "made" },
      spec,
    });

    const made = await awaitPods(namespace, 2, "Running");
    const byNode = made.toSorted((a, b) => (a["spec"].nodeName < b["spec"].nodeName ? -1 : 1));
    expect(byNode).toMatchObject([
      {
        spec: { nodeName: scene.name, runtimeClassName: scene.variant(), nodeSelector: { kata: "true", thp: "true" } },
      },
      { spec: { nodeName: WITHOUT_VARIANT, runtimeClassName: scene.target(), nodeSelector: { kata: "true" } } },
    ]);
    expect(byNode.map(({ metadata }) => metadata.annotations?.["kata-thp.dev/skipped"])).toEqual([
      undefined,
      "VariantUnschedulable",
    ]);
    expect(byNode.map(({ metadata }) => ownerKind(metadata["ownerReferences"]))).toEqual(["DaemonSet", "DaemonSet"]);
  });

  it("a CronJob's, which are its Job's", async () => {
    const namespace = await scene.enter("enforce");
    await awaitServiceAccount(namespace);
    const spec = { schedule: "0 0 1 1 *", jobTemplate: { spec: job() } };
    await scene.api.send("POST", `/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
      metadata: { name: "made" },
      spec,
    });

    await kubectl(plane.access, ["create", "job", "now", "--from=cronjob/made", "-n", namespace]);

    const made = await awaitPods(namespace, 2, "Succeeded");
    expect(made.map(({ spec: { runtimeClassName } }) => runtimeClassName as string)).toEqual(
      made.map(() => scene.variant()),
    );
  });

  it("a pod without a controller is left alone under this policy", async () => {
    const namespace = await scene.enter("enforce");
    await awaitServiceAccount(namespace);

    const stored = await scene.store(namespace, podOf(scene.target()));

    expect(stored.spec["runtimeClassName"]).toBe(scene.target());
    expect(stored.annotations).toEqual({ "kata-thp.dev/skipped": "BarePod" });
  });

  /** Pods are refused before the controller-manager has made it. */
  async function awaitServiceAccount(namespace: string): Promise<void> {
    await kubectl(plane.access, ["wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=60s"]);
  }

  /** The pods of a namespace when there are so many of that phase. */
  async function awaitPods(namespace: string, count: number, phase: string): Promise<readonly KubeObject[]> {
    for (let end = performance.now() + 30_000; ; await delay(100)) {
      const list = await scene.api.send("GET", `/api/v1/namespaces/${namespace}/pods`);
      const items = list["items"] as readonly KubeObject[];
      if (items.filter(({ status }) => status.phase === phase).length === count) return items;
      if (performance.now() > end) {
        const seen = items.map(({ status, metadata }) => `${metadata.name} ${status.phase}`);
        throw new Error(`not ${count} pods ${phase} in ${namespace} after 30 s: ${seen.join(", ") || "none"}`);
      }
    }
  }
});

function ownerKind(references: unknown): string {
  return (references as readonly { readonly kind: string }[])[0]?.kind ?? "";
}
