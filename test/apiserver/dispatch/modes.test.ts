// What the API server stores of a pod that it asks about.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { VERSION } from "../../../src/version.ts";
import { awaitAuditEvent } from "../control-plane/audit-log.ts";
import { kubectl } from "../control-plane/kubectl.ts";
import { sampleOf } from "./kube-api.ts";
import { podOf, withClaim, withHostPath } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";
import type { LoggedReview } from "./webhook-process.ts";

const OVERHEAD = { overhead: { podFixed: { cpu: "250m", memory: "160Mi" } } };

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({
    access: inject("controlPlane"),
    name: "dispatch-modes",
    pairs: { clh: { target: OVERHEAD, variant: OVERHEAD } },
  });
});

afterAll(async () => {
  await scene?.close();
});

const status = (mode: "enforce"): string =>
  JSON.stringify({ decision: "patch", selection: "runtime-class", mode, version: VERSION, from: scene.target() });

/** Without those of second calls, in which there is nothing to do. */
async function firstReviews(namespace: string): Promise<readonly LoggedReview[]> {
  const reviews = await scene.webhook.reviews(namespace);
  return reviews.filter(({ reasons }) => reasons.join() !== "AlreadySelected");
}

describe("the path", () => {
  it("enforce: stores the pod that its user would have written with the variant, and says so on it", async () => {
    const namespace = await scene.enter("enforce");

    const stored = await scene.store(namespace, podOf(scene.target()));

    const byHand = await scene.storeUnasked(podOf(scene.variant()));
    expect(byHand.spec).toMatchObject({ overhead: OVERHEAD.overhead.podFixed });
    expect(stored).toEqual({ ...byHand, annotations: { "kata-thp.dev/status": status("enforce") } });
    expect(await firstReviews(namespace)).toMatchObject([{ mode: "enforce", decision: "patch", reasons: [] }]);
  });

  it("enforce: leaves a pod alone that would lose something, and says why on it", async () => {
    const namespace = await scene.enter("enforce");

    const stored = await scene.store(namespace, podOf(scene.target(), withHostPath()));

    const alone = await scene.storeUnasked(podOf(scene.target(), withHostPath()));
    expect(stored).toEqual({ ...alone, annotations: { "kata-thp.dev/skipped": "HostPathVolume" } });
  });

  it.each(["patch", "skip"])(
    "observe: stores the pod as it came, and says what it would have done: %s",
    async (would) => {
      const namespace = await scene.enter("observe");
      const pod = podOf(scene.target(), would === "skip" ? withHostPath() : {});

      const stored = await scene.store(namespace, pod);

      expect(stored).toEqual(await scene.storeUnasked(pod));
      expect(await scene.webhook.reviews(namespace)).toMatchObject([{ mode: "observe", decision: would }]);
      const { annotations } = await awaitAuditEvent(
        scene.access,
        ({ objectRef }) => objectRef?.namespace === namespace,
      );
      expect(annotations).toMatchObject({ [`${scene.webhookName("observe")}/decision`]: would });
    },
  );

  it("keeps what its user wrote beside what we write", async () => {
    const own = { labels: { app: "a" }, annotations: { "example.com/own": "1" } };

    const stored = await scene.store(await scene.enter("enforce"), podOf(scene.target(), {}, own));

    const byHand = await scene.storeUnasked(podOf(scene.variant(), {}, own));
    expect(stored).toEqual({
      ...byHand,
      annotations: { "example.com/own": "1", "kata-thp.dev/status": status("enforce") },
    });
  });
});

it("answers kubectl's dry-run as it would the creation, and nothing is stored", async () => {
  const namespace = await scene.enter("enforce");
  const args = ["create", "--dry-run=server", "-o", "json", "-n", namespace, "-f", "-"];

  const { stdout } = await kubectl(scene.access, args, { input: podOf(scene.target()) });

  expect(JSON.parse(stdout)).toMatchObject({
    metadata: { annotations: { "kata-thp.dev/status": status("enforce") } },
    spec: { runtimeClassName: scene.variant(), overhead: OVERHEAD.overhead.podFixed },
  });
  expect(await firstReviews(namespace)).toMatchObject([{ dryRun: true, decision: "patch" }]);
  const { body } = await scene.api.ask("GET", `/api/v1/namespaces/${namespace}/pods/p`);
  expect(body).toMatchObject({ code: 404 });
  const sample = `kata_thp_decisions_total{mode="enforce",decision="patch",selection="runtime-class",reason="",runtime_class="${scene.target()}",dry_run="true"}`;
  expect(sampleOf(await scene.webhook.metrics(), sample)).toBeGreaterThan(0);
});

it("patches a pod whose name the API server makes", async () => {
  const namespace = await scene.enter("enforce");
  const { metadata: _, ...pod } = podOf(scene.target()) as { metadata: object };

  const created = await scene.create(namespace, { ...pod, metadata: { generateName: "made-" } });

  expect(created.status).toBe(201);
  expect(created.body.metadata.name).toMatch(/^made-[a-z0-9]{5,}$/);
  const stored = await scene.api.send("GET", `/api/v1/namespaces/${namespace}/pods/${created.body.metadata.name}`);
  expect(stored["spec"]).toEqual((await scene.storeUnasked(podOf(scene.variant()))).spec);
  expect(stored.metadata.annotations).toEqual({ "kata-thp.dev/status": status("enforce") });
});

describe("a claim's volumeMode, asked for while the API server waits", () => {
  it.each([
    { mode: "Block", review: { decision: "patch", reasons: [] } },
    { mode: "Filesystem", review: { decision: "skip", reasons: ["FilesystemClaim"] } },
  ] as const)("$mode", async ({ mode, review }) => {
    const namespace = await scene.enter("enforce");
    const spec = { accessModes: ["ReadWriteOnce"], volumeMode: mode, resources: { requests: { storage: "1Gi" } } };
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    await scene.api.send("POST", claims, { metadata: { name: "data" }, spec });

    const stored = await scene.store(namespace, podOf(scene.target(), withClaim("data", mode)));

    expect(stored.spec["runtimeClassName"]).toBe(mode === "Block" ? scene.variant() : scene.target());
    expect(await firstReviews(namespace)).toMatchObject([review]);
  });

  it("of a claim that does not exist is not known", async () => {
    const namespace = await scene.enter("enforce");

    const stored = await scene.store(namespace, podOf(scene.target(), withClaim("absent", "Block")));

    expect(stored.annotations).toEqual({ "kata-thp.dev/skipped": "ClaimModeUnknown" });
  });
});
