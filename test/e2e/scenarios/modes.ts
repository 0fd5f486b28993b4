// The label of a namespace: what it says is done with the next pod.
import { expect, it } from "vitest";
import { outcomeOf, podOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

const HOST_PATH = {
  containers: [{ name: "c", image: "registry.example/none", volumeMounts: [{ name: "h", mountPath: "/h" }] }],
  volumes: [{ name: "h", hostPath: { path: "/srv", type: "Directory" } }],
};
/** What issue and README promise. */
const PROMISED_MS = 1000;

export function modes(scene: () => Scene): void {
  it("observe changes no pod and warns nobody, of those it would patch and of those it would not", async () => {
    const { cluster } = scene();
    const observed = await cluster.enter("observe");

    for (const pod of [podOf(), podOf(HOST_PATH)]) {
      const { status, body, warnings } = await cluster.tryPod(observed, pod);
      expect({ status, outcome: outcomeOf(body), warnings }).toEqual({
        status: 201,
        outcome: untouched(),
        warnings: [],
      });
    }
  });

  it("no label, and no pod is touched", async () => {
    const { cluster } = scene();
    const unlabelled = await cluster.enter(null);

    expect(outcomeOf(await cluster.store(unlabelled, podOf()))).toEqual(untouched());
  });

  it(`a label is gone by within ${PROMISED_MS} ms, and so is its removal`, async () => {
    const { cluster, untilPatched } = scene();
    const namespace = await cluster.enter(null);
    expect(outcomeOf(await cluster.store(namespace, podOf()))).toEqual(untouched());

    await cluster.setMode(namespace, "enforce");
    const tookMs = await untilPatched(namespace);
    console.log(`labelled: pods are patched ${Math.round(tookMs)} ms later`);
    expect(tookMs).toBeLessThan(PROMISED_MS);

    await cluster.setMode(namespace, null);
    const isTouched = async (): Promise<boolean> =>
      outcomeOf((await cluster.tryPod(namespace, podOf(), "?dryRun=All")).body).selection !== null;
    await expect.poll(isTouched, { timeout: 10_000, interval: 10 }).toBe(false);
  });

  it("the label does nothing to the release's own namespace", async () => {
    const { cluster } = scene();
    await cluster.setMode("kata-thp", "enforce");
    try {
      // The label is gone by elsewhere, so here too by now.
      const other = await cluster.enter(null);
      await cluster.setMode(other, "enforce");
      await scene().untilPatched(other);
      const { body } = await cluster.tryPod("kata-thp", podOf(), "?dryRun=All");
      expect(outcomeOf(body)).toEqual(untouched());
    } finally {
      await cluster.setMode("kata-thp", null);
    }
  });
}
