// helm upgrade with another policy, which asks in every way that there is; helm test; helm rollback.
import { beforeAll, expect, it } from "vitest";
import { SELECTIONS } from "../../../src/engine/policy.ts";
import { ANNOTATIONS_CLASS, CONFIG_PATH_CLASS, TARGET, VARIANT } from "../ground.ts";
import { outcomeOf, podOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

const CONFIG_PATH = "/opt/kata/share/defaults/kata-containers/configuration-clh-thp.toml";
const SHARED_FS = "io.katacontainers.config.hypervisor.shared_fs";
const HUGE_PAGES = "io.katacontainers.config.hypervisor.enable_hugepages";

const VALUES = {
  server: { logLevel: "debug" },
  webhook: { excludedNamespaces: ["kata-thp-e2e-excluded"] },
  policy: {
    targets: [
      { runtimeClass: TARGET, selection: "runtime-class", variant: VARIANT },
      {
        runtimeClass: CONFIG_PATH_CLASS,
        selection: "config-path",
        configPath: CONFIG_PATH,
        kata: { version: "3.32.0", runtime: "go", rootfs: "erofs" },
      },
      {
        runtimeClass: ANNOTATIONS_CLASS,
        selection: "hypervisor-annotations",
        kata: { acceptsSharedFsNone: true, enableAnnotations: ["shared_fs", "enable_hugepages"], rootfs: "erofs" },
      },
    ],
  },
};

const ASKED = {
  "runtime-class": { of: TARGET, becomes: VARIANT, annotations: {} },
  "config-path": {
    of: CONFIG_PATH_CLASS,
    becomes: CONFIG_PATH_CLASS,
    annotations: { "io.katacontainers.config_path": CONFIG_PATH },
  },
  "hypervisor-annotations": {
    of: ANNOTATIONS_CLASS,
    becomes: ANNOTATIONS_CLASS,
    annotations: { [SHARED_FS]: "none", [HUGE_PAGES]: "false" },
  },
} as const;

export function upgrade(scene: () => Scene): void {
  let namespace: string;

  beforeAll(async () => {
    namespace = await scene().cluster.enter("enforce");
    // Before: the built-in policy knows neither of the two.
    for (const of of [CONFIG_PATH_CLASS, ANNOTATIONS_CLASS]) {
      const stored = await scene().cluster.store(namespace, podOf({ runtimeClassName: of }));
      expect(outcomeOf(stored)).toEqual(untouched(of));
    }
    await scene().release.upgrade(VALUES);
  });

  it.each(SELECTIONS)("asks by %s", async (selection) => {
    const { of, becomes, annotations } = ASKED[selection];
    const stored = await scene().cluster.store(namespace, podOf({ runtimeClassName: of }));

    expect(outcomeOf(stored)).toEqual({ runtimeClassName: becomes, selection, skipped: null });
    const { "kata-thp.dev/status": _, ...written } = stored.metadata.annotations ?? {};
    expect(written).toEqual(annotations);
  });

  it("passes helm test, which leaves nothing", async () => {
    const { exitCode, stdout, stderr } = await scene().release.test();

    const phase = /^Phase: +(\w+)$/m.exec(stdout)?.[1];
    expect({ exitCode, phase }, `${stdout}${stderr}`).toEqual({ exitCode: 0, phase: "Succeeded" });
    const { watcher } = scene().cluster;
    const pods = "pods?labelSelector=app.kubernetes.io/name%3Dkata-thp-webhook-test";
    const namespaces = "namespaces?labelSelector=app.kubernetes.io/instance%3Dkata-thp";
    for (const resource of [pods, namespaces]) {
      await watcher.until(`/api/v1/${resource}`, "what helm test made is gone", (all) => all.length === 0);
    }
  });

  it("is refused as a whole where the policy is wrong, and nothing changes", async () => {
    const wrong = { policy: { targets: [{ runtimeClass: TARGET, selection: "by-magic" }] } };

    await expect(scene().release.upgrade(wrong)).rejects.toThrow(/by-magic|selection/);

    const stored = await scene().cluster.store(namespace, podOf({ runtimeClassName: CONFIG_PATH_CLASS }));
    expect(outcomeOf(stored)).toMatchObject({ selection: "config-path" });
  });

  it("is undone by helm rollback", async () => {
    await scene().release.rollBack();

    for (const of of [CONFIG_PATH_CLASS, ANNOTATIONS_CLASS]) {
      const stored = await scene().cluster.store(namespace, podOf({ runtimeClassName: of }));
      expect(outcomeOf(stored)).toEqual(untouched(of));
    }
    expect(outcomeOf(await scene().cluster.store(namespace, podOf()))).toMatchObject({ runtimeClassName: VARIANT });
  });
}
