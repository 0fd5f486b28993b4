// Other webhooks before and after ours: who sees what, and what a second call of ours does.
// In the second round the API server's own plugins run first and not again after us (apiserver
// pkg/admission/reinvocation.go): what a class brings along is not filled in any more, only checked.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { VERSION } from "../../../src/version.ts";
import { awaitAuditEvent } from "../control-plane/audit-log.ts";
import { LARGE, OVERHEADS, scheduled, SMALL, storedByHand } from "./by-hand.ts";
import type { KubeAnswer } from "./kube-api.ts";
import { addHostPath, addLabel, changeClass, removeHostPath } from "./pod-changes.ts";
import { podOf, withHostPath } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";
import type { ClassPair } from "./cluster-objects.ts";

const PAIRS: Readonly<Record<string, ClassPair>> = {
  ...OVERHEADS,
  scheduled: { target: { ...LARGE, ...scheduled("kata") }, variant: { ...SMALL, ...scheduled("thp") } },
  // Nothing that the API server would refuse: a pod without the variant's nodeSelector goes to a node that cannot run it.
  "scheduled-only": { target: {}, variant: scheduled("thp") },
};
const PAIR_NAMES = Object.keys(PAIRS);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({
    access: inject("controlPlane"),
    name: "dispatch-rounds",
    pairs: PAIRS,
    nodeLabels: { kata: "true", thp: "true" },
  });
  await scene.api.send("POST", "/apis/node.k8s.io/v1/runtimeclasses", {
    metadata: { name: `${scene.name}-other` },
    handler: "runsc",
  });
});

afterAll(async () => {
  await scene?.close();
});

const statusOf = (pair: string): string =>
  JSON.stringify({
    decision: "patch",
    selection: "runtime-class",
    mode: "enforce",
    version: VERSION,
    from: scene.target(pair),
    ...(shapes(pair).variant.scheduling === undefined ? {} : { added: ["nodeSelector", "tolerations"] }),
  });

const shapes = (pair: string): ClassPair => PAIRS[pair] as ClassPair;

describe("a webhook before ours", () => {
  it("has its word: what it injects counts", async () => {
    const { configuration, other } = await scene.addOther("before", addHostPath);
    const namespace = await scene.enter("enforce", configuration);

    const stored = await scene.store(namespace, podOf(scene.target("equal")));

    expect(stored).toEqual({
      ...(await scene.storeUnasked(podOf(scene.target("equal"), withHostPath()))),
      annotations: { "kata-thp.dev/skipped": "HostPathVolume" },
    });
    expect(await scene.webhook.reviews(namespace)).toHaveLength(1);
    expect(other.pods(namespace).map(({ spec }) => spec.runtimeClassName)).toEqual([scene.target("equal")]);
  });

  it("has its word: what it takes away does not count", async () => {
    const { configuration } = await scene.addOther("before", removeHostPath);
    const namespace = await scene.enter("enforce", configuration);

    const stored = await scene.store(namespace, podOf(scene.target("equal"), withHostPath()));

    expect(stored.spec).toEqual(await storedByHand(scene, scene.variant("equal"), []));
  });

  it("is asked again after us where it wants to, and sees what we did", async () => {
    const { configuration, other } = await scene.addOther("before", () => [], "IfNeeded");
    const namespace = await scene.enter("enforce", configuration);

    await scene.store(namespace, podOf(scene.target("smaller")));

    expect(other.pods(namespace).map(({ spec }) => spec.runtimeClassName)).toEqual([
      scene.target("smaller"),
      scene.variant("smaller"),
    ]);
  });
});

describe("a webhook after ours", () => {
  it.each(PAIR_NAMES)("that changes something else: our second call changes nothing (%s)", async (pair) => {
    const { configuration, other } = await scene.addOther("after", addLabel);
    const namespace = await scene.enter("enforce", configuration);

    const stored = await scene.store(namespace, podOf(scene.target(pair)));

    expect(stored).toEqual({
      labels: { injected: "1" },
      annotations: { "kata-thp.dev/status": statusOf(pair) },
      spec: await storedByHand(scene, scene.variant(pair), [shapes(pair).target]),
    });
    expect(other.pods(namespace).map(({ spec }) => spec.runtimeClassName)).toEqual([scene.variant(pair)]);
    expect(await scene.webhook.reviews(namespace)).toMatchObject([
      { decision: "patch" },
      { decision: "skip", reasons: ["AlreadySelected"] },
    ]);
    const { annotations = {} } = await awaitAuditEvent(
      scene.access,
      ({ objectRef }) => objectRef?.namespace === namespace,
    );
    const ours = scene.webhookName("enforce");
    expect(patchesOf(ours, annotations)).toEqual(["round_0"]);
  });

  it.each(PAIR_NAMES)("that injects a hostPath: our second call puts the pod back (%s)", async (pair) => {
    const { configuration } = await scene.addOther("after", addHostPath);
    const namespace = await scene.enter("enforce", configuration);

    const { status, body } = await scene.create(namespace, podOf(scene.target(pair)));

    expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
    expect(body.metadata.annotations).toEqual({ "kata-thp.dev/skipped": "HostPathVolume" });
    expect(body["spec"]).toEqual(await storedByHand(scene, scene.target(pair), [shapes(pair).target], withHostPath()));
    expect(await scene.webhook.reviews(namespace)).toMatchObject([
      { decision: "patch" },
      { decision: "skip", reasons: ["HostPathVolume"] },
    ]);
  });

  it("that injects a hostPath: the audit log has the put-back beside the first call's decision", async () => {
    const { configuration } = await scene.addOther("after", addHostPath);
    const namespace = await scene.enter("enforce", configuration);

    await scene.create(namespace, podOf(scene.target("equal")));

    const { annotations } = await awaitAuditEvent(scene.access, ({ objectRef }) => objectRef?.namespace === namespace);
    const ours = scene.webhookName("enforce");
    // The API server keeps the first value of each key.
    expect(annotations).toMatchObject({ [`${ours}/decision`]: "patch", [`${ours}/put-back`]: "HostPathVolume" });
  });

  it("that injects a hostPath: what the pod has for itself stays, though the variant asks for it too", async () => {
    const own = scheduled("thp").scheduling;
    const { configuration } = await scene.addOther("after", addHostPath);
    const namespace = await scene.enter("enforce", configuration);

    const { body } = await scene.create(namespace, podOf(scene.target("scheduled"), own));

    const { target } = shapes("scheduled");
    expect(body["spec"]).toEqual(
      await storedByHand(scene, scene.target("scheduled"), [target], { ...own, ...withHostPath() }),
    );
  });

  it.each(PAIR_NAMES)("that takes a hostPath away: our second call patches (%s)", async (pair) => {
    const { configuration } = await scene.addOther("after", removeHostPath);
    const namespace = await scene.enter("enforce", configuration);

    const { status, body } = await scene.create(namespace, podOf(scene.target(pair), withHostPath()));

    expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
    expect(body.metadata.annotations).toEqual({ "kata-thp.dev/status": statusOf(pair) });
    const { target, variant } = shapes(pair);
    expect(body["spec"]).toEqual(await storedByHand(scene, scene.variant(pair), [target, variant]));
  });

  it.each(PAIR_NAMES)("that gives the pod the class that we look for: our second call patches (%s)", async (pair) => {
    const { configuration } = await scene.addOther("after", changeClass(scene.target(pair), `${scene.name}-other`));
    const namespace = await scene.enter("enforce", configuration);

    const { status, body } = await scene.create(namespace, podOf(`${scene.name}-other`));

    expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
    const { target, variant } = shapes(pair);
    expect(body["spec"]).toEqual(await storedByHand(scene, scene.variant(pair), [target, variant]));
  });

  it("that gives a pod without a class one: we were not asked, and are not", async () => {
    const { configuration } = await scene.addOther("after", changeClass(scene.target("smaller")));
    const namespace = await scene.enter("enforce", configuration);

    const stored = await scene.store(namespace, podOf(null));

    expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target("smaller"))));
    expect(await scene.webhook.reviews(namespace)).toEqual([]);
  });

  const insistOn = async (pair: string): Promise<KubeAnswer> => {
    const { configuration } = await scene.addOther("after", changeClass(scene.target(pair)));
    return scene.create(await scene.enter("enforce", configuration), podOf(scene.target(pair)));
  };

  it.each(["equal", "equal-amount", "none"])(
    "that insists on the pod's first class: it is admitted (%s)",
    async (pair) => {
      const { status, body } = await insistOn(pair);

      expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
      // Nobody tells us why the class is another again: the second call moves the pod once more.
      expect(body["spec"]).toEqual(await storedByHand(scene, scene.variant(pair), []));
    },
  );

  it("that insists on the pod's first class: the API server refuses it where the overheads differ", async () => {
    const { status, body } = await insistOn("smaller");

    expect({ status, message: body["message"] }).toEqual({
      status: 403,
      message: expect.stringContaining("Pod's Overhead doesn't match RuntimeClass's defined Overhead"),
    });
  });
});

/** The rounds in which that webhook's patch was not empty. */
function patchesOf(webhook: string, annotations: Readonly<Record<string, string>>): string[] {
  return Object.entries(annotations)
    .filter(([key, value]) => {
      const isPatch = key.startsWith("patch.webhook.admission.k8s.io/");
      return isPatch && (JSON.parse(value) as { webhook: string }).webhook === webhook;
    })
    .map(([key]) => /round_\d/.exec(key)?.[0] ?? key);
}
