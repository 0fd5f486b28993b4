// All of the webhook's pods are replaced while pods are created without a pause.
import { expect, it } from "vitest";
import { VARIANT } from "../ground.ts";
import { outcomeOf, podOf } from "../pods.ts";
import type { Scene } from "../scene.ts";

interface Stream {
  created(): number;
  /** What the API server said of pods that it refused. */
  readonly failed: readonly string[];
  /** Pods that were created unpatched: when, and after how long. */
  readonly missed: readonly string[];
  stop(): Promise<void>;
}

/** So many are on their way at once. */
const LANES = 2;

/** Creates pods one after the other, and takes each away again: nothing piles up, however long it goes on. */
function createPods({ cluster }: Scene, namespace: string): Stream {
  const failed: string[] = [];
  const missed: string[] = [];
  const stopping = new AbortController();
  let created = 0;
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const fromMs = performance.now();
      const { status, body } = await cluster.tryPod(namespace, podOf());
      const when = `${new Date().toISOString()}, after ${Math.round(performance.now() - fromMs)} ms`;
      if (status !== 201) failed.push(`${when}: ${status} ${String(body["message"])}`);
      else {
        created += 1;
        if (outcomeOf(body).runtimeClassName !== VARIANT) missed.push(`${when}: ${JSON.stringify(outcomeOf(body))}`);
        await cluster.api.ask("DELETE", `/api/v1/namespaces/${namespace}/pods/${body.metadata.name}`);
      }
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  return {
    created: () => created,
    failed,
    missed,
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}

export function restart(scene: () => Scene): void {
  it("fails no pod and misses none", async () => {
    const { release, cluster, untilPatched } = scene();
    const namespace = await cluster.enter("enforce");
    await untilPatched(namespace);
    const before = (await release.settle()).map(({ metadata }) => metadata.name);
    const stream = createPods(scene(), namespace);
    let during = 0;
    try {
      const at = stream.created();
      await release.restart();
      during = stream.created() - at;
    } finally {
      await stream.stop();
    }
    const after = (await release.settle()).map(({ metadata }) => metadata.name);

    console.log(`${during} pods were created while ${before.length} webhook pods were replaced`);
    expect(stream.failed).toEqual([]);
    expect(stream.missed).toEqual([]);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    // A rollout takes the drain's 10 s at least, a pod milliseconds.
    expect(during).toBeGreaterThan(20);
  });
}
