// A cluster of one node, inside confine: the control plane that the other tests have, and containerd and kubelet.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type ControlPlaneAccess, kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { type GuardedProcess, startProcess } from "../../apiserver/control-plane/guarded-process.ts";
import { kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { createAuthority, issueClientCertificate } from "../../apiserver/control-plane/pki.ts";
import { awaitAnswer } from "../../apiserver/control-plane/readiness.ts";
import { startControlPlane } from "../../apiserver/control-plane/start.ts";
import type { ToolName } from "../../apiserver/control-plane/tools.ts";
import {
  API_SERVICE_ADDRESS,
  CONTAINERD_CONFIG,
  CONTAINERD_SOCKET,
  FOLDER,
  HANDLERS,
  KUBELET_CONFIG,
  NODE_ADDRESS,
  NODE_NAME,
  nodeFiles,
} from "./node-config.ts";
import type { NodePrograms } from "./programs.ts";

export interface NodeClusterOptions {
  readonly programs: NodePrograms;
  /** Of this run's own, which confine made. */
  readonly cgroup: string;
  /** Archives to import; the promise of each may still be under way. */
  readonly images: readonly Promise<string>[];
}

/** On two cores that others use too it has been seen to take 30 s. */
const READY_TIMEOUT_MS = 120_000;

/** Resolves when the node is ready. There is no stop(): all of it ends with confine. */
export async function startNodeCluster({ programs, cgroup, images }: NodeClusterOptions): Promise<ControlPlaneAccess> {
  const kubeletClient = await writeKubeletClient();
  const path = (tool: ToolName): string => programs.paths.get(tool) as string;
  const files = {
    runcPath: programs.runcPath,
    cniFolder: dirname(path("bridge")),
    clientCaPath: kubeletClient.ca,
    cgroup,
  };
  for (const [file, text] of nodeFiles(files)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const containerd = startContainerd(programs);
  const importImages = async (): Promise<void> => {
    const [archives] = await Promise.all([Promise.all(images), containerd]);
    for (const archive of archives) await importImage(path("ctr"), archive);
  };
  const startNode = async (): Promise<ControlPlaneAccess> => {
    const [access] = await Promise.all([startApiserver(kubeletClient), containerd]);
    await relay(API_SERVICE_ADDRESS, 443, Number(new URL(access.url).port));
    await startKubelet(access, path("kubelet"));
    return access;
  };
  const [access] = await Promise.all([startNode(), importImages()]);
  return access;
}

interface KubeletClient {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** As whom the API server calls kubelet, for logs and exec. A CA of its own: the other is made with the control plane. */
async function writeKubeletClient(): Promise<KubeletClient> {
  const file = (name: string): string => join(FOLDER, `kubelet-client${name}`);
  const paths = { ca: file("-ca.crt"), certificate: file(".crt"), key: file(".key") };
  const authority = await createAuthority();
  const pair = await issueClientCertificate(authority, { user: "kube-apiserver", groups: ["system:masters"] });
  await writeFile(paths.ca, authority.certificate);
  await writeFile(paths.certificate, pair.certificate);
  await writeFile(paths.key, pair.key, { mode: 0o600 });
  return paths;
}

async function startApiserver(kubeletClient: KubeletClient): Promise<ControlPlaneAccess> {
  const { access } = await startControlPlane({
    readyTimeoutMs: READY_TIMEOUT_MS,
    withControllers: ["controller-manager", "scheduler"],
    apiserverFlags: [
      `--advertise-address=${NODE_ADDRESS}`,
      // Beside RBAC: what a kubelet may do.
      "--authorization-mode=Node",
      "--enable-admission-plugins=NodeRestriction",
      // Webhooks are called at their endpoints: there is no kube-proxy.
      "--enable-aggregator-routing=true",
      `--kubelet-client-certificate=${kubeletClient.certificate}`,
      `--kubelet-client-key=${kubeletClient.key}`,
      "--kubelet-preferred-address-types=InternalIP",
    ],
  });
  return access;
}

async function startContainerd({ paths, runcEnv }: NodePrograms): Promise<void> {
  const ctr = paths.get("ctr") as string;
  const containerd = await startProcess({
    name: "containerd",
    command: paths.get("containerd") as string,
    args: ["--config", CONTAINERD_CONFIG],
    // It finds its shim by PATH, and the shim lives on in this environment.
    env: {
      ...process.env,
      ...runcEnv,
      PATH: `${dirname(ctr)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    },
    logPath: join(FOLDER, "containerd.log"),
  });
  await awaitAnswer([containerd], READY_TIMEOUT_MS, async () =>
    promisify(execFile)(ctr, ["--address", CONTAINERD_SOCKET, "version"]).catch(() => null),
  );
  sayWhenEnded(containerd);
}

async function importImage(ctr: string, archive: string): Promise<void> {
  // The name space of kubelet's own.
  const args = ["--address", CONTAINERD_SOCKET, "--namespace", "k8s.io", "images", "import", archive];
  await promisify(execFile)(ctr, args);
}

async function startKubelet(access: ControlPlaneAccess, command: string): Promise<void> {
  const identity = { user: `system:node:${NODE_NAME}`, groups: ["system:nodes"] };
  const kubelet = await startProcess({
    name: "kubelet",
    command,
    args: [
      `--config=${KUBELET_CONFIG}`,
      `--kubeconfig=${await kubeconfigFor(access, identity)}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
      `--cert-dir=${FOLDER}/kubelet-pki`,
    ],
    logPath: join(FOLDER, "kubelet.log"),
  });
  const seconds = `${READY_TIMEOUT_MS / 1000}s`;
  const ready = (async () => {
    await kubectl(access, ["wait", "--for=create", `node/${NODE_NAME}`, `--timeout=${seconds}`]);
    await kubectl(access, ["wait", "--for=condition=Ready", `node/${NODE_NAME}`, `--timeout=${seconds}`]);
  })();
  const ended = kubelet.exited.then((ending) => {
    throw new Error(`kubelet ended (${ending}) before the node was ready`);
  });
  await Promise.race([ready, ended]);
  sayWhenEnded(kubelet);
  const query = "jsonpath={.status.runtimeHandlers[*].name}";
  const { stdout } = await kubectl(access, ["get", "node", NODE_NAME, `--output=${query}`]);
  const missing = HANDLERS.filter((handler) => !stdout.split(" ").includes(handler));
  if (missing.length > 0) throw new Error(`the node has no handler ${missing.join(", ")}; it has: ${stdout}`);
}

function sayWhenEnded({ name, exited, logPath }: GuardedProcess): void {
  void exited.then((ending) => console.error(`${name} ended by itself (${ending}); its log was ${logPath}`));
}

/** The Service `kubernetes` of pods, without kube-proxy: connections go on to 127.0.0.1:`port`. */
async function relay(address: string, from: number, port: number): Promise<void> {
  const server = createServer((inward) => {
    const outward = connect(port, "127.0.0.1");
    inward.pipe(outward).pipe(inward);
    inward.on("error", () => outward.destroy());
    outward.on("error", () => inward.destroy());
  });
  // Neither keeps us alive.
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(from, address, resolve);
  });
}
