// Which pods the API server asks about at all.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { addLabel } from "./pod-changes.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ access: inject("controlPlane"), name: "dispatch-matching" });
});

afterAll(async () => {
  await scene?.close();
});

describe("is not asked", () => {
  it.each([null, "disabled", "Enforce"])("in a namespace whose label is %s", async (mode) => {
    const namespace = await scene.enter(mode);

    const stored = await scene.store(namespace, podOf(scene.target()));

    expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target())));
    expect(await scene.webhook.reviews(namespace)).toEqual([]);
  });

  it("in kube-system, whatever its labels say", async () => {
    const labels = { "kata-thp.dev/mode": "enforce", "dispatch.test/configuration.dispatch-matching": "" };
    const unlabelled = Object.fromEntries(Object.keys(labels).map((key) => [key, null]));
    await scene.api.send("PATCH", "/api/v1/namespaces/kube-system", { metadata: { labels } });

    const stored = await scene.store("kube-system", podOf(scene.target(), {}, { name: scene.name }));

    await scene.api.send("PATCH", "/api/v1/namespaces/kube-system", { metadata: { labels: unlabelled } });
    expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target())));
    expect(await scene.webhook.reviews("kube-system")).toEqual([]);
  });

  it("about a pod without a RuntimeClass", async () => {
    const namespace = await scene.enter("enforce");

    const stored = await scene.store(namespace, podOf(null));

    expect(stored).toEqual(await scene.storeUnasked(podOf(null)));
    expect(await scene.webhook.reviews(namespace)).toEqual([]);
  });

  it("about a pod whose own label opts out", async () => {
    const namespace = await scene.enter("enforce");
    const pod = podOf(scene.target(), {}, { labels: { "kata-thp.dev/mode": "disabled" } });

    const stored = await scene.store(namespace, pod);

    expect(stored).toEqual(await scene.storeUnasked(pod));
    expect(await scene.webhook.reviews(namespace)).toEqual([]);
  });

  it("about a change of a pod", async () => {
    const namespace = await scene.enter("enforce");
    await scene.store(namespace, podOf(scene.target()));
    const before = await scene.webhook.reviews(namespace);

    await scene.api.send("PATCH", `/api/v1/namespaces/${namespace}/pods/p`, { metadata: { labels: { new: "1" } } });

    expect(await scene.webhook.reviews(namespace)).toEqual(before);
  });

  it("about another RuntimeClass, where a matchCondition names those that are meant", async () => {
    const configuration = `${scene.name}-named`;
    const meant = { name: "is-target", expression: `object.spec.runtimeClassName in ["${scene.target()}"]` };
    await scene.configure(configuration, (entry) => ({
      ...entry,
      matchConditions: [...(entry.matchConditions ?? []), meant],
    }));
    const named = await scene.enterOnly("enforce", configuration);
    const all = await scene.enter("enforce");
    const other = `${scene.name}-gvisor`;
    await scene.api.send("POST", "/apis/node.k8s.io/v1/runtimeclasses", {
      metadata: { name: other },
      handler: "runsc",
    });

    for (const namespace of [named, all]) {
      expect(await scene.store(namespace, podOf(other))).toEqual(await scene.storeUnasked(podOf(other)));
      await scene.store(namespace, podOf(scene.target(), {}, { name: "ours" }));
    }

    expect(await scene.webhook.reviews(named)).toMatchObject([{ decision: "patch" }]);
    expect(await scene.webhook.reviews(all)).toMatchObject([{ reasons: ["NotTarget"] }, { decision: "patch" }]);
  });
});

it("is not asked again about a pod that a matchCondition knew by its first class only", async () => {
  const configuration = `${scene.name}-first-class`;
  const meant = { name: "is-target", expression: `object.spec.runtimeClassName == "${scene.target()}"` };
  await scene.configure(configuration, (entry) => ({ ...entry, matchConditions: [meant] }));
  const after = await scene.addOther("after", addLabel);
  const namespace = await scene.enterOnly("enforce", configuration, after.configuration);

  await scene.store(namespace, podOf(scene.target()));

  // What another webhook injects after us goes unseen: a condition has to name the variant as well.
  expect(await scene.webhook.reviews(namespace)).toMatchObject([{ decision: "patch" }]);
});

it("opts out itself where there is no objectSelector any more", async () => {
  const configuration = `${scene.name}-unselected`;
  await scene.configure(configuration, (entry) => ({ ...entry, objectSelector: {} }));
  const namespace = await scene.enterOnly("enforce", configuration);
  const pod = podOf(scene.target(), {}, { labels: { "kata-thp.dev/mode": "disabled" } });

  const stored = await scene.store(namespace, pod);

  expect(stored).toEqual(await scene.storeUnasked(pod));
  expect(await scene.webhook.reviews(namespace)).toMatchObject([{ decision: "skip", reasons: ["OptedOut"] }]);
});
