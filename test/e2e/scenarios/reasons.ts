// Pods that are left alone, by the corpus: its pods are sent through the API server, and say why on themselves.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { type Reason, REASONS } from "../../../src/engine/reasons.ts";
import type { KubeObject } from "../../apiserver/dispatch/kube-api.ts";
import { ROOT } from "../../chart/helm.ts";
import { VARIANT } from "../ground.ts";
import { GATED, leftAlone, outcomeOf, podOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

/** Cases of test/cases that rest on the pod alone, and that an API server takes. */
const LEFT_ALONE = [
  "HostPathVolume/directory",
  "HostPathVolume/init-container",
  "HostPathVolume/sidecar",
  "HostPathVolume/type-absent",
  "HostPathFile/file",
  "HostPathFile/writable-in-a-sidecar",
  "HostPathSocket/socket",
  "HostPathSocket/init-container",
  "EphemeralVolume/filesystem",
  "EphemeralVolume/init-container",
  "CsiInlineVolume/secrets-store",
  "CsiInlineVolume/sidecar",
  "NetworkVolume/nfs",
  "EmptyDirSubPath/memory",
  "HugePages/empty-dir-2mi",
  "HugePages/init-container",
  "MountPropagation/host-to-container",
  "MountPropagation/sidecar",
  "NestedItemPath/config-map",
  "NestedItemPath/projected",
  "DevicePassthrough/gpu",
  "DevicePassthrough/resource-claim",
  "ConfidentialGuest/init-data",
  "UserSharedFs/virtio-fs",
  "UserVirtioFs/cache",
  "UserHugePages/true",
  "UserConfigPath/under-runtime-class",
  "UserVhostUser/store-path",
] as const;

export function reasons(scene: () => Scene): void {
  let namespace: string;

  beforeAll(async () => {
    namespace = await scene().cluster.enter("enforce");
  });

  it.each(LEFT_ALONE)("%s", async (name) => {
    const [reason] = name.split("/") as [Reason];
    const { status, body, warnings } = await scene().cluster.tryPod(namespace, corpusPod(name));

    expect({ status, message: body["message"] }).toEqual({ status: 201, message: undefined });
    const outcome = outcomeOf(body);
    expect(outcome).toEqual({ ...leftAlone(), skipped: expect.arrayContaining([reason]) });
    // Only what whoever made the pod can act on.
    const warned = warnings.map((warning) => /^kata-thp: (\w+) /.exec(warning)?.[1]);
    expect(warned.includes(reason)).toBe(REASONS[reason].actor === "user");
  });

  it("UserAnnotationRefused, which an operator may end, is written but warns nobody", async () => {
    const annotations = { "io.katacontainers.config.hypervisor.default_vcpus": "2" };
    const { body, warnings } = await scene().cluster.tryPod(namespace, podOf({}, { annotations }));

    expect(outcomeOf(body)).toEqual(leftAlone("UserAnnotationRefused"));
    expect(warnings).toEqual([]);
  });

  it("AlreadySelected is a scope, and nothing is written", async () => {
    const annotations = { "io.katacontainers.config.hypervisor.shared_fs": "none" };
    const { body } = await scene().cluster.tryPod(namespace, podOf({}, { annotations }));

    expect(outcomeOf(body)).toEqual(untouched());
  });

  it("DefaultEmptyDir only degrades: the pod is patched", async () => {
    const containers = [{ name: "c", image: "registry.example/none", volumeMounts: [{ name: "e", mountPath: "/e" }] }];
    const volumes = [{ name: "e", emptyDir: {} }];
    const { body } = await scene().cluster.tryPod(namespace, podOf({ containers, volumes }));

    expect(outcomeOf(body)).toMatchObject({ runtimeClassName: VARIANT, selection: "runtime-class" });
  });

  it.each([
    { claim: "a Filesystem claim", volumeMode: "Filesystem", expected: leftAlone("FilesystemClaim") },
    { claim: "a claim that is not there", volumeMode: null, expected: leftAlone("ClaimModeUnknown") },
    {
      claim: "a Block claim",
      volumeMode: "Block",
      expected: { runtimeClassName: VARIANT, selection: "runtime-class", skipped: null },
    },
  ])("$claim", async ({ volumeMode, expected }) => {
    const { cluster } = scene();
    const claimName = `claim-${String(volumeMode).toLowerCase()}`;
    if (volumeMode !== null) {
      await cluster.api.send("POST", `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
        metadata: { name: claimName },
        spec: {
          accessModes: ["ReadWriteOnce"],
          volumeMode,
          // Bound by nobody: it is only read.
          storageClassName: "kata-thp-e2e-none",
          resources: { requests: { storage: "1Mi" } },
        },
      });
    }
    const use =
      volumeMode === "Block"
        ? { volumeDevices: [{ name: "d", devicePath: "/dev/d" }] }
        : { volumeMounts: [{ name: "d", mountPath: "/d" }] };
    const spec = {
      containers: [{ name: "c", image: "registry.example/none", ...use }],
      volumes: [{ name: "d", persistentVolumeClaim: { claimName } }],
    };

    expect(outcomeOf(await cluster.store(namespace, podOf(spec)))).toEqual(expected);
  });
}

/** The pod of a case, never scheduled, under a name of its own. */
function corpusPod(name: string): object {
  const pod = parse(readFileSync(join(ROOT, "test/cases", name, "pod.yaml"), "utf8")) as KubeObject;
  const { name: _, ...metadata } = pod.metadata;
  return { ...pod, metadata: { ...metadata, generateName: "case-" }, spec: { ...pod["spec"], ...GATED } };
}
