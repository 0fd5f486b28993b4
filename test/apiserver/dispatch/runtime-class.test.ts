// A pod moved to another RuntimeClass: overhead and scheduling are the API server's to fill in, and what it refuses.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LARGE, LARGER_OVERHEADS, OVERHEADS, scheduled, SMALL, storedByHand, toleration } from "./by-hand.ts";
import { changeClass } from "./pod-changes.ts";
import { type ComparablePod, podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";
import type { ClassPair } from "./cluster-objects.ts";

const SCHEDULED = {
  both: { target: { ...LARGE, ...scheduled("kata") }, variant: { ...SMALL, ...scheduled("thp") } },
  "variant-only": { target: {}, variant: scheduled("thp") },
  same: { target: scheduled("kata"), variant: scheduled("kata") },
  conflicting: {
    target: { scheduling: { nodeSelector: { pool: "a" } } },
    variant: { scheduling: { nodeSelector: { pool: "b" } } },
  },
} satisfies Record<string, ClassPair>;

const OWN = { nodeSelector: { "example.com/own": "1" }, tolerations: [toleration("own")] };

const PAIRS: Readonly<Record<string, ClassPair>> = {
  ...OVERHEADS,
  ...LARGER_OVERHEADS,
  ...SCHEDULED,
  missing: { target: {}, variant: {} },
};

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({
    access: inject("controlPlane"),
    name: "dispatch-classes",
    pairs: PAIRS,
    nodeLabels: { ...OWN.nodeSelector, kata: "true", thp: "true", pool: "b" },
  });
});

afterAll(async () => {
  await scene?.close();
});

/** The pod as its user would write it with the variant, and with what stays of the class that it came with. */
async function byHand(pair: string, spec: object = {}): Promise<ComparablePod["spec"]> {
  return storedByHand(scene, scene.variant(pair), [PAIRS[pair]?.target ?? {}], spec);
}

/** A quota nothing of which is used; its controller is not there to say so. */
async function setQuota(namespace: string, hard: Readonly<Record<string, string>>): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const quota = await scene.api.send("POST", path, { metadata: { name: "tight" }, spec: { hard } });
  const used = Object.fromEntries(Object.keys(hard).map((key) => [key, "0"]));
  await scene.api.send("PUT", `${path}/tight/status`, { ...quota, status: { hard, used } });
}

describe("a switch to a class whose overhead is", () => {
  it.each(Object.keys(OVERHEADS))("%s: is stored as the user would have written it", async (pair) => {
    const namespace = await scene.enter("enforce");

    const { spec } = await scene.store(namespace, podOf(scene.target(pair)));

    expect(spec).toEqual(await byHand(pair));
    expect(spec["overhead"]).toEqual((await byHand(pair))["overhead"]);
  });

  it.each(Object.keys(LARGER_OVERHEADS))("%s: is not asked for, as a quota may have no room for it", async (pair) => {
    const stored = await scene.store(await scene.enter("enforce"), podOf(scene.target(pair)));

    expect(stored).toEqual({
      ...(await scene.storeUnasked(podOf(scene.target(pair)))),
      annotations: { "kata-thp.dev/skipped": "VariantCostsMore" },
    });
  });

  it("larger: is refused by a quota that has room for the pod as it is", async () => {
    const namespace = await scene.enter(null);
    const spec = {
      containers: [{ name: "c", image: "registry.example/none", resources: { requests: { memory: 1 } } }],
    };
    await setQuota(namespace, { "requests.memory": "200Mi" });

    const moved = await scene.create(namespace, podOf(scene.variant("larger"), spec));
    const asItIs = await scene.create(namespace, podOf(scene.target("larger"), spec));

    expect({ moved: moved.status, message: moved.body["message"], asItIs: asItIs.status }).toEqual({
      moved: 403,
      message: expect.stringContaining("exceeded quota: tight, requested: requests.memory=335544321"),
      asItIs: 201,
    });
  });

  const REFUSALS: Readonly<Record<string, string>> = {
    smaller: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    larger: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    "no-more": "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
  };
  it.each(Object.keys({ ...OVERHEADS, ...LARGER_OVERHEADS }))(
    "%s: is what the API server decides on where a patch leaves the overhead",
    async (pair) => {
      const { configuration } = await scene.addOther("after", changeClass(scene.variant(pair)));
      const namespace = await scene.enterOnly(null, configuration);

      const { status, body } = await scene.create(namespace, podOf(scene.target(pair)));

      const refusal = REFUSALS[pair];
      if (refusal === undefined)
        expect({ status, spec: body["spec"] }).toEqual({ status: 201, spec: await byHand(pair) });
      else
        expect({ status, message: body["message"] }).toEqual({
          status: 403,
          message: expect.stringContaining(refusal),
        });
    },
  );
});

describe("scheduling", () => {
  it.each(["both", "variant-only", "same"])(
    "%s: is the user's own, the old class's and the new one's",
    async (pair) => {
      const stored = await scene.store(await scene.enter("enforce"), podOf(scene.target(pair), OWN));

      expect(stored.spec).toEqual(await byHand(pair, OWN));
      expect(stored.spec).toMatchObject({ runtimeClassName: scene.variant(pair) });
    },
  );

  it.each([
    { whose: "the old class's", pair: "conflicting", spec: {} },
    { whose: "the user's own", pair: "variant-only", spec: { nodeSelector: { thp: "false" } } },
  ])("in conflict with $whose is not asked for: the pod is stored as it came", async ({ pair, spec }) => {
    const namespace = await scene.enter("enforce");

    const stored = await scene.store(namespace, podOf(scene.target(pair), spec));

    const alone = await scene.storeUnasked(podOf(scene.target(pair), spec));
    expect(await scene.webhook.reviews(namespace)).toMatchObject([{ decision: "skip" }]);
    expect(stored.annotations["kata-thp.dev/skipped"]?.split(",")).toContain("NodeSelectorConflict");
    expect(stored.spec).toEqual(alone.spec);
  });

  it("in conflict is what the API server refuses", async () => {
    const { configuration } = await scene.addOther("after", changeClass(scene.variant("conflicting")));
    const namespace = await scene.enterOnly(null, configuration);

    const { status, body } = await scene.create(namespace, podOf(scene.target("conflicting")));

    expect({ status, message: body["message"] }).toEqual({
      status: 403,
      message: expect.stringContaining(
        "conflict: runtimeClass.scheduling.nodeSelector[pool] = b; pod.spec.nodeSelector[pool] = a",
      ),
    });
  });
});

it("a variant that does not exist is not asked for", async () => {
  const pair = "missing";
  await scene.api.send("DELETE", `/apis/node.k8s.io/v1/runtimeclasses/${scene.variant(pair)}`);
  await scene.until(async (namespace) => {
    const answer = await scene.create(namespace, podOf(scene.target(pair)), "?dryRun=All");
    return answer.body["spec"]?.runtimeClassName === scene.target(pair);
  }, scene.name);

  const stored = await scene.store(await scene.enter("enforce"), podOf(scene.target(pair)));

  expect(stored).toEqual({
    ...(await scene.storeUnasked(podOf(scene.target(pair)))),
    annotations: { "kata-thp.dev/skipped": "KataSupportUnknown" },
  });
});
