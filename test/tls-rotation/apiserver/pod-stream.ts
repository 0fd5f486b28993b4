// Pods that are created one after the other until somebody says stop.
import type { Installation } from "./installation.ts";

export interface PodStream {
  readonly created: () => number;
  /** Between two pods that were created. */
  readonly longestPauseMs: () => number;
  /** What the API server said of each pod that it refused. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

/** So many pods are on their way at once. */
const LANES = 4;

export function startPodStream({ admin, name }: Installation): PodStream {
  const refused: string[] = [];
  let created = 0;
  let longestPauseMs = 0;
  let last = performance.now();
  const stopping = new AbortController();
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await admin.send("POST", `/api/v1/namespaces/${name}/pods`, {
          metadata: { generateName: "p-" },
          spec: { containers: [{ name: "c", image: "registry.example/none" }] },
        });
        created += 1;
        longestPauseMs = Math.max(longestPauseMs, performance.now() - last);
        last = performance.now();
      } catch (error) {
        refused.push(`${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  return {
    created: () => created,
    longestPauseMs: () => longestPauseMs,
    refused,
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}
