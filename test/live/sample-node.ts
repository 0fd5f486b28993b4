// Node objects as a cloud's kubelets and agents make them, in the size they have there.
import { REPORT_KEY } from "../../src/engine/status.ts";

const HANDLERS = [
  "",
  "runc",
  "kata-clh",
  "kata-clh-thp",
  "kata-qemu",
  "kata-fc",
  "kata-dragonball",
  "kata-qemu-coco-dev",
];

/** About 20 KB of JSON, as it is with a full list of images; the API server adds managedFields. */
export function sampleNode(name: string, observedAt: string): object {
  const zone = `eu-central-1${"abc"[name.length % 3]}`;
  const reported = HANDLERS.filter((handler) => handler.startsWith("kata")).map((handler) => [
    handler,
    {
      runtime: "go",
      version: "3.32.0",
      sharedFs: "virtio-fs",
      hugepages: false,
      enableAnnotations: ["enable_iommu", "virtio_fs_extra_args", "kernel_params", "default_vcpus"],
      rootfs: "shared",
      emptydirMode: "shared-fs",
      disableBlockDeviceUse: true,
    },
  ]);
  const thp = { enabled: "madvise", shmemEnabled: "never" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "m7i.metal-24xl",
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": zone,
        "katacontainers.io/kata-runtime": "true",
        ...Object.fromEntries(range(24, (index) => [`feature.node.kubernetes.io/cpu-cpuid.FEATURE${index}`, "true"])),
      },
      annotations: {
        [REPORT_KEY]: JSON.stringify({ v: 1, observedAt, handlers: Object.fromEntries(reported), thp }),
        "node.alpha.kubernetes.io/ttl": "0",
        "csi.volume.kubernetes.io/nodeid": JSON.stringify({ "ebs.csi.aws.com": `i-${name}` }),
        "projectcalico.org/IPv4Address": "10.0.0.1/16",
      },
    },
    spec: { podCIDR: "10.244.0.0/24", providerID: `aws:///${zone}/i-${name}` },
    status: {
      capacity: { cpu: "96", memory: "394871492Ki", pods: "250" },
      allocatable: { cpu: "95", memory: "388871492Ki", pods: "250" },
      conditions: ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
        type,
        status: type === "Ready" ? "True" : "False",
        reason: "KubeletHasSufficient",
        message: "kubelet has sufficient of everything that it was asked for",
        lastHeartbeatTime: "2026-11-23T12:00:00Z",
        lastTransitionTime: "2026-11-20T12:00:00Z",
      })),
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      images: range(50, (index) => ({
        names: [
          `registry.example.com/platform/team-${index}/some-service@sha256:${"0123456789abcdef".repeat(4)}`,
          `registry.example.com/platform/team-${index}/some-service:v1.${index}.0`,
        ],
        sizeBytes: 100_000_000 + index,
      })),
      runtimeHandlers: HANDLERS.map((handler) => ({ name: handler, features: { recursiveReadOnlyMounts: true } })),
    },
  };
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
