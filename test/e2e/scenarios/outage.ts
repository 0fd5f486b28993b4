// No webhook at all, with failurePolicy Ignore, which is the default: pods are created as if it did not exist.
import { expect, it } from "vitest";
import { outcomeOf, podOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

const PODS = 10;

export function outage(scene: () => Scene): void {
  it("costs no pod: they are created unpatched, and patched again when it is back", async () => {
    const { cluster, release, untilPatched } = scene();
    const namespace = await cluster.enter("enforce");
    await untilPatched(namespace);

    await release.scale(0);
    try {
      for (let pod = 0; pod < PODS; pod += 1) {
        const { status, body, warnings } = await cluster.tryPod(namespace, podOf());
        expect({ status, outcome: outcomeOf(body), warnings }).toEqual({
          status: 201,
          outcome: untouched(),
          warnings: [],
        });
      }
    } finally {
      await release.scale(2);
    }

    await untilPatched(namespace);
  });
}
