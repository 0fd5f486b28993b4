// helm uninstall: what is left, and what becomes of pods.
import { expect, it } from "vitest";
import { outcomeOf, podOf, untouched } from "../pods.ts";
import { findRemains } from "../remains.ts";
import type { Scene } from "../scene.ts";

export function uninstall(scene: () => Scene): void {
  it("leaves nothing, in its namespace or elsewhere", async () => {
    const { cluster, release } = scene();
    // Proves that what is looked for would be found.
    const kinds = (await findRemains(cluster.api)).map((line) => line.split(" ")[0]);
    expect(kinds).toEqual(
      expect.arrayContaining(["Deployment", "Secret", "MutatingWebhookConfiguration", "ClusterRole"]),
    );

    await release.uninstall();

    // EndpointSlices and ReplicaSets are taken away by controllers, in their time.
    await expect.poll(async () => findRemains(cluster.api), { timeout: 30_000, interval: 250 }).toEqual([]);
  });

  it("leaves every pod to itself from then on", async () => {
    const { cluster } = scene();
    const namespace = await cluster.enter("enforce");

    expect(outcomeOf(await cluster.store(namespace, podOf()))).toEqual(untouched());
  });
}
