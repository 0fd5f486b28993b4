// The command lines of the programs of a control plane.
import { join } from "node:path";

export interface Layout {
  /** Where everything of this control plane stands. */
  readonly folder: string;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiserverPort: number;
  readonly controllerManagerPort: number;
  readonly schedulerPort: number;
  readonly kwokPort: number;
}

/** The names of the files in the folder. */
export const FILES = {
  caCertificate: "ca.crt",
  caKey: "ca.key",
  serverCertificate: "server.crt",
  serverKey: "server.key",
  signingKey: "service-account.key",
  kubeconfig: "admin.kubeconfig",
  auditLog: "audit.log",
  etcdData: "etcd-data",
} as const;

export type ControllerName = "controller-manager" | "scheduler" | "kwok";

const AUDIT_POLICY = join(import.meta.dirname, "audit-policy.yaml");
const KWOK_STAGES = join(import.meta.dirname, "kwok-stages.yaml");

/** Without fsync: a test's data need not survive the machine. */
export function etcdArgs(layout: Layout): string[] {
  const client = `http://127.0.0.1:${layout.etcdPort}`;
  const peer = `http://127.0.0.1:${layout.etcdPeerPort}`;
  return [
    "--name=test",
    `--data-dir=${join(layout.folder, FILES.etcdData)}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ];
}

export interface ApiserverOptions {
  /** The ServiceAccount admission plugin refuses every pod until a controller-manager made ServiceAccounts. */
  readonly hasServiceAccounts: boolean;
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Last, so that they win over ours. */
  readonly flags: readonly string[];
}

export function apiserverArgs(layout: Layout, options: ApiserverOptions): string[] {
  const file = (name: keyof typeof FILES): string => join(layout.folder, FILES[name]);
  const gates = Object.entries(options.featureGates).map(([name, isOn]) => `${name}=${isOn}`);
  return [
    `--etcd-servers=http://127.0.0.1:${layout.etcdPort}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${layout.apiserverPort}`,
    // Nobody reaches the apiserver through its Service, and the reconciler's lease would outlive a restart.
    "--endpoint-reconciler-type=none",
    `--tls-cert-file=${file("serverCertificate")}`,
    `--tls-private-key-file=${file("serverKey")}`,
    `--client-ca-file=${file("caCertificate")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("signingKey")}`,
    `--service-account-signing-key-file=${file("signingKey")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=RBAC",
    "--allow-privileged=true",
    `--audit-policy-file=${AUDIT_POLICY}`,
    `--audit-log-path=${file("auditLog")}`,
    // MiB, never reached: a rotated log would hide what a test waits for.
    "--audit-log-maxsize=10000",
    "--profiling=false",
    ...(options.hasServiceAccounts ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    ...(gates.length > 0 ? [`--feature-gates=${gates.join(",")}`] : []),
    ...options.flags,
  ];
}

/** One of the controllers: its arguments, and where it answers when it is up. */
export function controllerArgs(name: ControllerName, layout: Layout): { args: string[]; healthUrl: string } {
  const kubeconfig = join(layout.folder, FILES.kubeconfig);
  switch (name) {
    case "controller-manager":
      return {
        args: [
          ...kubeComponentArgs(layout, layout.controllerManagerPort),
          `--service-account-private-key-file=${join(layout.folder, FILES.signingKey)}`,
          `--root-ca-file=${join(layout.folder, FILES.caCertificate)}`,
          "--use-service-account-credentials=true",
        ],
        healthUrl: `https://127.0.0.1:${layout.controllerManagerPort}/healthz`,
      };
    case "scheduler":
      return {
        args: kubeComponentArgs(layout, layout.schedulerPort),
        healthUrl: `https://127.0.0.1:${layout.schedulerPort}/healthz`,
      };
    case "kwok":
      return {
        args: [
          `--kubeconfig=${kubeconfig}`,
          `--config=${KWOK_STAGES}`,
          "--manage-all-nodes=true",
          // Else the controller-manager finds every node unreachable after 50 s.
          "--node-lease-duration-seconds=40",
          `--server-address=127.0.0.1:${layout.kwokPort}`,
        ],
        healthUrl: `http://127.0.0.1:${layout.kwokPort}/healthz`,
      };
    default:
      return name satisfies never;
  }
}

function kubeComponentArgs(layout: Layout, port: number): string[] {
  const kubeconfig = join(layout.folder, FILES.kubeconfig);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${join(layout.folder, FILES.serverCertificate)}`,
    `--tls-private-key-file=${join(layout.folder, FILES.serverKey)}`,
    // There is one of each; waiting for a lease of a former one would cost 15 s.
    "--leader-elect=false",
    // The usual 20 calls a second make the controller-manager's start, an account for each controller, three seconds longer.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    // Without an aggregated API server there is no request header CA to be found, and it would be complained about for ever.
    "--authentication-skip-lookup=true",
  ];
}
