// More than usual: many pods at once, more reviews than the webhook takes, pods at the API server's limits.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LARGE, SMALL } from "./by-hand.ts";
import { type HeldReview, holdReview } from "./held-review.ts";
import { sampleOf } from "./kube-api.ts";
import { addLabel } from "./pod-changes.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

const MANY = 200;
/** --max-request-bytes of etcd, whose default nobody changes. */
const ETCD_LIMIT = 1536 * 1024;
const PATIENT = "dispatch-many-patient";
const HASTY = "dispatch-bound-hasty";

describe("with room for reviews", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ access: inject("controlPlane"), name: "dispatch-many", maxConnections: MANY });
  });
  afterAll(async () => {
    await scene?.close();
  });

  describe("200 pods at once", () => {
    beforeAll(async () => {
      // All of them, the API server and the webhook share two cores here, and each first call is a TLS handshake.
      await scene.configure(PATIENT, (entry) => ({ ...entry, timeoutSeconds: 10 }));
    });

    it("are all patched, and none is admitted for want of an answer", async () => {
      const namespace = await scene.enterOnly("enforce", PATIENT);
      const names = Array.from({ length: MANY }, (_, index) => `p${index}`);

      const from = performance.now();
      const answers = await Promise.all(
        names.map(async (name) => scene.create(namespace, podOf(scene.target(), {}, { name }))),
      );
      const tookMs = performance.now() - from;

      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
      const { items } = await scene.api.send("GET", `/api/v1/namespaces/${namespace}/pods`);
      const classes = (items as { spec: { runtimeClassName: string } }[]).map(({ spec }) => spec.runtimeClassName);
      expect(classes).toEqual(names.map(() => scene.variant()));
      const webhook = scene.webhookName("enforce", PATIENT);
      expect(
        sampleOf(
          await scene.api.text("/metrics"),
          `apiserver_admission_webhook_fail_open_count{name="${webhook}",type="admit"}`,
        ),
      ).toBe(0);
      console.log(`${MANY} pods at once: ${Math.round(tookMs)} ms, ${await slowest()}`);
    });

    /** How long the webhook had for the slowest of its reviews. */
    async function slowest(): Promise<string> {
      const reviews = (await scene.webhook.lines()).filter(({ msg }) => msg === "review");
      const durations = reviews.map(({ durationMs }) => durationMs as number).toSorted((a, b) => a - b);
      return `${durations.length} reviews, median ${durations[durations.length >> 1]} ms, slowest ${durations.at(-1)} ms`;
    }
  });

  describe("at the API server's limits", () => {
    /** A pod whose environment has so many bytes. */
    const padded = (bytes: number, name = "p"): object => {
      const env = [{ name: "PAD", value: "x".repeat(bytes) }];
      return podOf(scene.target(), { containers: [{ name: "c", image: "registry.example/none", env }] }, { name });
    };

    /** How many bytes of padding make the largest pod that etcd takes where nobody is asked. */
    async function mostPadding(namespace: string): Promise<number> {
      // The limit is for the request to etcd, of which the pod is a part, and the padding of that: what fits has to be tried.
      let most = ETCD_LIMIT - 1024;
      for (let step = 512; step >= 1; step /= 2) {
        const { status } = await scene.create(namespace, padded(most + step, `p${most + step}`));
        if (status === 201) most += step;
      }
      return most;
    }

    it("a pod of etcd's size is patched, as long as there is room for what every pod gets", async () => {
      const unasked = await scene.enterOnly(null);
      const most = await mostPadding(unasked);
      const asked = await scene.enter("enforce");

      // Its node and conditions alone are more than our annotation.
      const stored = await scene.store(asked, padded(most - 1024));
      expect(stored.spec["runtimeClassName"]).toBe(scene.variant());

      // Without that room our annotation is too much for etcd; but so is the pod's binding to a node, where we never were.
      const { status, body } = await scene.create(asked, padded(most, "full"));
      expect({ status, message: body["message"] }).toEqual({
        status: 500,
        message: "etcdserver: request is too large",
      });
      const binding = { metadata: { name: `p${most}` }, target: { kind: "Node", name: scene.name } };
      const bound = await scene.api.ask("POST", `/api/v1/namespaces/${unasked}/pods/p${most}/binding`, binding);
      expect(bound.body["message"]).toContain("etcdserver: request is too large");
    });

    it("a pod with as many annotations as may be is not made one with too many", async () => {
      const key = "example.com/pad";
      // validation.TotalAnnotationSizeLimitB of apimachinery: keys and values together.
      const annotations = { [key]: "x".repeat(256 * 1024 - key.length) };
      const pod = podOf(scene.target(), {}, { annotations });
      await scene.store(await scene.enterOnly(null), pod);
      const namespace = await scene.enter("enforce");

      const { status, body, warnings } = await scene.create(namespace, pod);

      expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
      expect(body.metadata.annotations).toEqual(annotations);
      expect(body["spec"].runtimeClassName).toBe(scene.target());
      expect(await scene.webhook.reviews(namespace)).toMatchObject([{ reasons: ["AnnotationsTooLarge"] }]);
      expect(warnings).toEqual([expect.stringContaining("kata-thp: AnnotationsTooLarge")]);
    });
  });
});

describe("over the bound of reviews under way", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({
      access: inject("controlPlane"),
      name: "dispatch-bound",
      maxInFlight: 1,
      pairs: {
        equal: { target: SMALL, variant: SMALL },
        smaller: { target: LARGE, variant: SMALL },
      },
    });
    // Retry-After is a second, and a review that is held for longer than that loses its place to others.
    await scene.configure(HASTY, (entry) => ({ ...entry, timeoutSeconds: 1 }));
  });
  afterAll(async () => {
    await scene?.close();
  });

  const refusals = async (): Promise<number> =>
    sampleOf(await scene.webhook.metrics(), 'kata_thp_refused_requests_total{code="503"}');

  it("the API server comes back after Retry-After, and the pod is patched", async () => {
    const namespace = await scene.enter("enforce");
    const before = await refusals();
    const held = await holdReview(scene.webhook);

    const from = performance.now();
    const storing = scene.store(namespace, podOf(scene.target()));
    while ((await refusals()) === before) await delay(20);
    await held.release();
    const stored = await storing;
    const tookMs = performance.now() - from;

    expect(stored.spec["runtimeClassName"]).toBe(scene.variant());
    expect(await refusals()).toBe(before + 1);
    // Retry-After: 1, inside the chart's timeout of 2 s.
    expect(tookMs).toBeGreaterThan(1000);
    expect(tookMs).toBeLessThan(2000);
  });

  it("the pod is admitted unpatched where there is no place until the timeout", async () => {
    const namespace = await scene.enterOnly("enforce", HASTY);
    const before = await refusals();
    const held = await holdReview(scene.webhook);

    const stored = await scene.store(namespace, podOf(scene.target()));
    await held.release();

    expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target())));
    expect((await refusals()) - before).toBe(1);
  });

  it.each(["equal", "smaller"])("what the first round missed is made up for in the second (%s)", async (pair) => {
    let held: HeldReview | null = null;
    const { configuration } = await scene.addOther("after", async (pod) => {
      await held?.release();
      held = null;
      return addLabel(pod);
    });
    const namespace = await scene.enterOnly("enforce", HASTY, configuration);
    held = await holdReview(scene.webhook);

    const { status, body } = await scene.create(namespace, podOf(scene.target(pair)));

    expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
    expect(await scene.webhook.reviews(namespace)).toMatchObject([{ decision: "patch" }]);
    expect(body["spec"]).toEqual((await scene.storeUnasked(podOf(scene.variant(pair)))).spec);
  });
});
