// The order of the suite: one installation, from helm install to helm uninstall.
import { afterAll, beforeAll, describe } from "vitest";
import { openScene, type Scene } from "./scene.ts";
import { modes } from "./scenarios/modes.ts";
import { outage } from "./scenarios/outage.ts";
import { pods } from "./scenarios/pods.ts";
import { reasons } from "./scenarios/reasons.ts";
import { restart } from "./scenarios/restart.ts";
import { uninstall } from "./scenarios/uninstall.ts";
import { upgrade } from "./scenarios/upgrade.ts";
import { workloads } from "./scenarios/workloads.ts";

let scene: Scene | undefined;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(async () => {
  await scene?.close();
});

describe.each([
  { name: "pods, as they are stored", scenario: pods },
  { name: "reasons", scenario: reasons },
  { name: "modes", scenario: modes },
  { name: "workloads", scenario: workloads },
  { name: "a policy by helm upgrade", scenario: upgrade },
  { name: "a rolling restart", scenario: restart },
  { name: "no webhook", scenario: outage },
  { name: "helm uninstall", scenario: uninstall },
])("$name", ({ scenario }) => {
  scenario(() => scene as Scene);
});
