// What all scenarios share: the cluster, and the chart on it.
import { type Cluster, openCluster } from "./cluster.ts";
import { addRuntimeClasses, removeRuntimeClasses, requireUntouched, VARIANT } from "./ground.ts";
import { outcomeOf, podOf } from "./pods.ts";
import { openRelease, type Release, RELEASE_NAMESPACE } from "./release.ts";
import { readSettings, type Settings } from "./settings.ts";

export interface Scene {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly release: Release;
  /** Resolves when pods are patched; with the milliseconds until then. @throws Error when they are not in 30 s */
  untilPatched(namespace: string): Promise<number>;
  /** Takes away everything that the suite made, whatever state it is in. */
  close(): Promise<void>;
}

/** A scenario registers its tests; the scene is there when they run. */
export type Scenario = (scene: () => Scene) => void;

const NAMESPACE = `/api/v1/namespaces/${RELEASE_NAMESPACE}`;
const PATIENCE_MS = 30_000;

/** Installs the chart. @throws SetupError, with nothing changed, where that is not possible */
export async function openScene(): Promise<Scene> {
  const settings = readSettings();
  const cluster = await openCluster(settings);
  try {
    await requireUntouched(cluster.api, settings);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const release = openRelease({ settings, cluster });
  const scene: Scene = {
    settings,
    cluster,
    release,
    async untilPatched(namespace) {
      const from = performance.now();
      // There is no event for what an API server has in its caches: pods tell, and each is answered at its own time.
      for (;;) {
        const { body } = await cluster.tryPod(namespace, podOf(), "?dryRun=All");
        const tookMs = performance.now() - from;
        if (body["spec"] !== undefined && outcomeOf(body).runtimeClassName === VARIANT) return tookMs;
        if (tookMs > PATIENCE_MS) throw new Error(`after 30 s pods are not patched: ${JSON.stringify(body)}`);
      }
    },
    async close() {
      const ends = [
        async () => release.uninstall(),
        async () => {
          await cluster.api.ask("DELETE", NAMESPACE);
          const mine = `/api/v1/namespaces?fieldSelector=metadata.name=${RELEASE_NAMESPACE}`;
          await cluster.watcher.until(mine, "the release's namespace is gone", (all) => all.length === 0);
        },
        async () => removeRuntimeClasses(cluster.api),
        async () => cluster.close(),
      ];
      const failures: unknown[] = [];
      for (const end of ends) await end().catch((error: unknown) => failures.push(error));
      if (failures.length > 0)
        throw new AggregateError(failures, `something is left: ${failures.map(String).join("; ")}`);
    },
  };
  try {
    await addRuntimeClasses(cluster.api);
    await release.install();
    await scene.untilPatched(await cluster.enter("enforce"));
  } catch (error) {
    await scene.close().catch((failure: unknown) => console.error(String(failure)));
    throw error;
  }
  return scene;
}
