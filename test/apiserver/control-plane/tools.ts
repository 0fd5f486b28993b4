// The programs of a control plane, and the Go module that each is built from.
import { join } from "node:path";
import {
  CERT_MANAGER_VERSION,
  CNI_PLUGINS_VERSION,
  CONTAINERD_VERSION,
  ETCD_VERSION,
  HELM_VERSION,
  KWOK_VERSION,
  RUNC_VERSION,
} from "./versions.ts";

/** Without these there is no control plane; they are also what KUBEBUILDER_ASSETS must hold. */
export const REQUIRED_TOOLS = ["kube-apiserver", "etcd", "kubectl"] as const;
/** What makes pods of a Deployment, places them, and says that they run. */
export const CONTROLLER_TOOLS = ["kube-controller-manager", "kube-scheduler", "kwok"] as const;

/** What a node runs pods with; runc is apart, because only it wants a C compiler. */
export const NODE_TOOLS = [
  "kubelet",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "bridge",
  "host-local",
  "loopback",
] as const;

export type ControllerTool = (typeof CONTROLLER_TOOLS)[number];
export type NodeTool = (typeof NODE_TOOLS)[number] | "runc";
export type ToolName = (typeof REQUIRED_TOOLS)[number] | ControllerTool | "helm" | NodeTool | "cert-manager";

/** What the whole apiserver suite runs. */
export const SUITE_TOOLS: readonly ToolName[] = [...REQUIRED_TOOLS, ...CONTROLLER_TOOLS, "helm"];
export const TOOL_NAMES: readonly ToolName[] = [...SUITE_TOOLS, ...NODE_TOOLS, "runc", "cert-manager"];

export interface Recipe {
  /** Folder below the cache root: binaries that are released together share one. */
  readonly folder: string;
  readonly module: string;
  readonly version: string;
  /** The main package. */
  readonly package: string;
  readonly ldflags: string;
  /** Kubernetes' own go.mod replaces its staging modules by folders; the proxy has them as modules. */
  readonly hasStaging: boolean;
  /** Build tags, separated by commas. */
  readonly tags?: string;
  /** Parts of it are C: a C compiler is needed. */
  readonly hasC?: boolean;
  /** A Go file of ours that is the main package: the module is released without its programs. */
  readonly main?: string;
}

/** How `tool` is built; only Kubernetes' own programs depend on `kubeVersion` (`v1.37.2`). */
export function recipeFor(tool: ToolName, kubeVersion: string): Recipe {
  switch (tool) {
    case "etcd":
      // go.etcd.io/etcd/v3 itself does not resolve; the server is a module of its own.
      return released("etcd", "go.etcd.io/etcd/server/v3", "", ETCD_VERSION, "");
    case "cert-manager":
      return {
        ...released(tool, "github.com/cert-manager/cert-manager", "", CERT_MANAGER_VERSION, ""),
        package: ".",
        main: join(import.meta.dirname, "../../tls-rotation/cert-manager/main.go"),
      };
    case "kwok":
      return released(
        "kwok",
        "sigs.k8s.io/kwok",
        "/cmd/kwok",
        KWOK_VERSION,
        `-X sigs.k8s.io/kwok/pkg/consts.Version=${KWOK_VERSION}`,
      );
    case "helm":
      return released(
        "helm",
        "helm.sh/helm/v4",
        "/cmd/helm",
        HELM_VERSION,
        `-X helm.sh/helm/v4/internal/version.version=${HELM_VERSION} -X helm.sh/helm/v4/internal/version.gitTreeState=clean`,
      );
    case "kube-apiserver":
    case "kubectl":
    case "kube-controller-manager":
    case "kube-scheduler":
    case "kubelet":
      return {
        folder: kubeVersion,
        module: "k8s.io/kubernetes",
        version: kubeVersion,
        package: `k8s.io/kubernetes/cmd/${tool}`,
        ldflags: `-s -w ${kubeVersionFlags(kubeVersion)}`,
        hasStaging: true,
      };
    case "containerd":
    case "containerd-shim-runc-v2":
    case "ctr":
      return {
        ...released(
          "containerd",
          "github.com/containerd/containerd/v2",
          `/cmd/${tool}`,
          CONTAINERD_VERSION,
          `-X github.com/containerd/containerd/v2/version.Version=${CONTAINERD_VERSION}`,
        ),
        tags: "no_btrfs,no_devmapper,no_zfs",
      };
    case "bridge":
    case "loopback":
      return cniPlugin("main", tool);
    case "host-local":
      return cniPlugin("ipam", tool);
    case "runc":
      return {
        ...released(
          "runc",
          "github.com/opencontainers/runc",
          "",
          RUNC_VERSION,
          `-X main.version=${RUNC_VERSION.slice(1)}`,
        ),
        // Without libseccomp; what starts a container's namespaces (nsexec) is C.
        hasC: true,
      };
    default:
      return tool satisfies never;
  }
}

function cniPlugin(kind: string, plugin: string): Recipe {
  const version = CNI_PLUGINS_VERSION;
  return released("cni-plugins", "github.com/containernetworking/plugins", `/plugins/${kind}/${plugin}`, version, "");
}

function released(name: string, module: string, command: string, version: string, ldflags: string): Recipe {
  return {
    folder: `${name}-${version}`,
    module,
    version,
    package: `${module}${command}`,
    ldflags: `-s -w ${ldflags}`.trim(),
    hasStaging: false,
  };
}

/** Without these /version says v0.0.0-master and kubectl's skew check is meaningless (upstream: hack/lib/version.sh). */
function kubeVersionFlags(version: string): string {
  const minor = version.split(".")[1] ?? "";
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
    .flatMap((holder) => [
      `-X ${holder}.gitVersion=${version}`,
      `-X ${holder}.gitMajor=1`,
      `-X ${holder}.gitMinor=${minor}`,
      `-X ${holder}.gitTreeState=clean`,
      `-X ${holder}.buildDate=1970-01-01T00:00:00Z`,
    ])
    .join(" ");
}
