// The webhook's facts are from before a change of the RuntimeClasses: what the API server makes of our patch then.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { LARGE, SMALL, scheduled, storedByHand } from "./by-hand.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";
import type { ClassPair } from "./cluster-objects.ts";

const NAME = "dispatch-stale";
const SCHEDULED: ClassPair = {
  target: { ...SMALL, ...scheduled("kata") },
  variant: { ...SMALL, ...scheduled("thp") },
};
const PAIRS: Readonly<Record<string, ClassPair>> = {
  scheduled: SCHEDULED,
  gone: { target: {}, variant: {} },
  smaller: { target: LARGE, variant: SMALL },
  conflicting: {
    target: { scheduling: { nodeSelector: { pool: "a" } } },
    variant: { scheduling: { nodeSelector: { pool: "b" } } },
  },
};

let scene: Scene;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kata-thp-stale-"));
  // As they were: nothing but overheads.
  const classes = Object.keys(PAIRS).flatMap((pair) => [
    oldClass(`${NAME}-${pair}`, {}, pair),
    oldClass(`${NAME}-${pair}-thp`, { "kata-thp.dev/variant-of": `${NAME}-${pair}` }, pair),
  ]);
  await writeFile(join(folder, "runtime-classes.yaml"), classes.map((each) => JSON.stringify(each)).join("\n---\n"));
  scene = await openScene({
    access: inject("controlPlane"),
    name: NAME,
    pairs: PAIRS,
    facts: ["--snapshot", folder],
  });
});

afterAll(async () => {
  await scene?.close();
  await rm(folder, { recursive: true });
});

function oldClass(name: string, annotations: object, pair: string): object {
  return {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name, annotations },
    handler: Object.keys(annotations).length === 0 ? "kata" : "kata-thp",
    ...(pair === "scheduled" ? SMALL : {}),
    ...(pair === "smaller" ? LARGE : {}),
  };
}

it("scheduling that came later is the API server's to fill in", async () => {
  const { status, body } = await scene.create(await scene.enter("enforce"), podOf(scene.target("scheduled")));

  expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
  expect(body["spec"]).toEqual(await storedByHand(scene, scene.variant("scheduled"), [SCHEDULED.target]));
});

// What follows nobody can prevent who does not ask the API server for each pod; a watch knows within milliseconds, and
// after two minutes without a word RuntimeClasses are no facts any more.
it("a conflict that came later is refused by the API server", async () => {
  const { status, body } = await scene.create(await scene.enter("enforce"), podOf(scene.target("conflicting")));

  expect({ status, message: body["message"] }).toEqual({
    status: 403,
    message: expect.stringContaining("conflict: runtimeClass.scheduling.nodeSelector[pool] = b"),
  });
});

it("an overhead that came later is refused by the API server", async () => {
  const { status, body } = await scene.create(await scene.enter("enforce"), podOf(scene.target("smaller")));

  expect({ status, message: body["message"] }).toEqual({
    status: 403,
    message: expect.stringContaining("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"),
  });
});

it("a variant that is gone is refused by the API server", async () => {
  await scene.api.send("DELETE", `/apis/node.k8s.io/v1/runtimeclasses/${scene.variant("gone")}`);
  const namespace = await scene.enter("enforce");
  const create = async (): Promise<unknown> => {
    const { status, body } = await scene.create(namespace, podOf(scene.target("gone")), "?dryRun=All");
    return { status, message: body["message"] };
  };

  // Its own cache takes a moment.
  await expect.poll(create, { timeout: 10_000 }).toEqual({
    status: 403,
    message: expect.stringContaining(`pod rejected: RuntimeClass "${scene.variant("gone")}" not found`),
  });
});
