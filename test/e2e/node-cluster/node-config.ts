// What containerd, its network plugin and kubelet are told. Everything that they write is below /run, which confine
// gives them for themselves.
export const NODE_NAME = "node1";
/** confine gives both to the loopback device (programs/confine/network.go). */
export const NODE_ADDRESS = "192.0.2.10";
export const API_SERVICE_ADDRESS = "10.96.0.1";
/** The handlers of deploy/kind/cluster.yaml, and containerd's usual one. */
export const HANDLERS: readonly string[] = ["runc", "kata-clh", "kata-clh-thp"];
export const PAUSE_IMAGE = "localhost/pause:1";

export const FOLDER = "/run/node";
export const CONTAINERD_SOCKET: string = `${FOLDER}/containerd.sock`;
const CNI_CONFIG_FOLDER = `${FOLDER}/cni`;

export interface NodeFiles {
  /** What containerd calls for each container. */
  readonly runcPath: string;
  /** Where the network plugins are. */
  readonly cniFolder: string;
  /** Of those that kubelet lets in: the API server. */
  readonly clientCaPath: string;
  /** A control group of this run's own, as a path below each hierarchy. */
  readonly cgroup: string;
}

/** The files to write, by path; the folder of each is made. */
export function nodeFiles(files: NodeFiles): ReadonlyMap<string, string> {
  return new Map([
    [CONTAINERD_CONFIG, containerdConfig(files)],
    [KUBELET_CONFIG, `${JSON.stringify(kubeletConfig(files), null, 2)}\n`],
    [`${CNI_CONFIG_FOLDER}/10-pods.conflist`, `${JSON.stringify(podNetwork(), null, 2)}\n`],
  ]);
}

export const CONTAINERD_CONFIG: string = `${FOLDER}/containerd.toml`;
export const KUBELET_CONFIG: string = `${FOLDER}/kubelet.json`;

/** containerd 2's config version 3: https://github.com/containerd/containerd/blob/main/docs/cri/config.md */
export function containerdConfig({ runcPath, cniFolder }: Pick<NodeFiles, "runcPath" | "cniFolder">): string {
  const runtime = "plugins.'io.containerd.cri.v1.runtime'";
  const handlers = HANDLERS.map(
    (name) => `
[${runtime}.containerd.runtimes.${name}]
  runtime_type = "io.containerd.runc.v2"
[${runtime}.containerd.runtimes.${name}.options]
  BinaryName = ${JSON.stringify(runcPath)}
  SystemdCgroup = false
`,
  );
  return `version = 3
root = "${FOLDER}/containerd-root"
state = "${FOLDER}/containerd-state"
# A container may not make itself harder to kill than its parent was.
oom_score = 0

[grpc]
  address = "${CONTAINERD_SOCKET}"
[ttrpc]
  address = "${CONTAINERD_SOCKET}.ttrpc"
[metrics]
  address = ""

# Both would write outside of /run.
[plugins.'io.containerd.internal.v1.opt']
  path = "${FOLDER}/opt"
[plugins.'io.containerd.nri.v1.nri']
  disable = true

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${PAUSE_IMAGE}"

[${runtime}]
  # Where CAP_SYS_RESOURCE is missing runc fails without it ("can't get final child's PID from pipe").
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
[${runtime}.cni]
  bin_dirs = [${JSON.stringify(cniFolder)}]
  conf_dir = "${CNI_CONFIG_FOLDER}"
[${runtime}.containerd]
  default_runtime_name = "runc"
${handlers.join("")}`;
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export function kubeletConfig({ clientCaPath, cgroup }: Pick<NodeFiles, "clientCaPath" | "cgroup">): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // No iptables on a machine that has only Node and Go.
    makeIPTablesUtilChains: false,
    // Nobody resolves names here.
    resolvConf: "",
    address: NODE_ADDRESS,
    readOnlyPort: 0,
    healthzPort: 0,
    podLogsDir: `${FOLDER}/pod-logs`,
    volumePluginDir: `${FOLDER}/volume-plugins`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: clientCaPath },
    },
    authorization: { mode: "Webhook" },
    // A full disk or memory of the machine is not this test's concern.
    imageGCHighThresholdPercent: 100,
    evictionHard: Object.fromEntries(
      ["nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"].map((key) => [key, "0%"]),
    ),
  };
}

/** Neither ipMasq nor portmap: they want iptables, and nothing leads out of this network anyway. */
function podNetwork(): object {
  const ipam = {
    type: "host-local",
    dataDir: `${FOLDER}/pod-addresses`,
    ranges: [[{ subnet: "10.244.0.0/16" }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  // A pod may reach itself by its Service: hairpinMode.
  const bridge = { type: "bridge", bridge: "pods0", isGateway: true, hairpinMode: true, ipMasq: false, ipam };
  return { cniVersion: "1.0.0", name: "pods", plugins: [bridge] };
}
