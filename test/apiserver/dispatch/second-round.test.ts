// What the API server makes of another class in the second round, whoever changes it: why our patch says everything that
// a class brings along (docs/adr/0006-class-switch.md).
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OVERHEADS, scheduled } from "./by-hand.ts";
import type { KubeAnswer } from "./kube-api.ts";
import type { AnyOperation } from "./other-webhook.ts";
import { addLabel, changeClass } from "./pod-changes.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({
    access: inject("controlPlane"),
    name: "dispatch-late",
    pairs: { ...OVERHEADS, "scheduled-only": { target: {}, variant: scheduled("thp") } },
  });
});

afterAll(async () => {
  await scene?.close();
});

describe("a class that is changed in the second round by nobody of ours", () => {
  const REMOVED: AnyOperation = { op: "remove", path: "/spec/overhead" };

  const changeLate = async (pair: string, operations: readonly AnyOperation[]): Promise<KubeAnswer> => {
    const change = changeClass(scene.variant(pair));
    const mover = await scene.addOther(
      "before",
      (pod) => (pod.metadata.labels === undefined ? [] : [...change(pod), ...operations]),
      "IfNeeded",
    );
    const labeller = await scene.addOther("after", addLabel);
    const namespace = await scene.enterOnly(null, mover.configuration, labeller.configuration);
    return scene.create(namespace, podOf(scene.target(pair)));
  };

  it.each([
    { overhead: "removed", pair: "smaller", operations: [REMOVED], why: "Pod's Overhead doesn't match RuntimeClass's" },
    { overhead: "left", pair: "smaller", operations: [], why: "Pod's Overhead doesn't match RuntimeClass's" },
    { overhead: "left", pair: "no-more", operations: [], why: "Pod Overhead set without corresponding RuntimeClass" },
  ])("is refused with the overhead $overhead ($pair)", async ({ pair, operations, why }) => {
    const { status, body } = await changeLate(pair, operations);

    expect({ status, message: body["message"] }).toEqual({ status: 403, message: expect.stringContaining(why) });
  });

  it("is stored without the scheduling of the new class", async () => {
    const { status, body } = await changeLate("scheduled-only", []);

    expect({ status, nodeSelector: body["spec"]?.nodeSelector }).toEqual({ status: 201, nodeSelector: undefined });
    expect(body["spec"].runtimeClassName).toBe(scene.variant("scheduled-only"));
  });
});
