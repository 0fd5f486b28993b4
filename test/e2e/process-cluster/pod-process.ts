// The one container of a pod, as a process with an address of its own.
import { request } from "node:https";
import { join } from "node:path";
import { SERVICE_ACCOUNT_DIR } from "../../../src/cluster/in-cluster.ts";
import { type GuardedProcess, startProcess } from "../../apiserver/control-plane/guarded-process.ts";
import type { KubeObject } from "../../apiserver/dispatch/kube-api.ts";

export interface PodProcessOptions {
  readonly pod: KubeObject;
  /** Its podIP, which is an address of this network namespace. */
  readonly address: string;
  /** The folder of the bundle, which is what the image holds. */
  readonly bundle: string;
  /** What the container mounts, by the path at which it does. */
  readonly mounts: ReadonlyMap<string, string>;
  readonly apiserverUrl: string;
  readonly logPath: string;
}

/**
 * In a mount namespace of its own, in which /run is empty but for the ServiceAccount's files: that is where the process
 * looks for them. Other mounted paths are named on its command line, and are named there as what they are here.
 */
const MOUNT_AND_EXEC = `
mount -t tmpfs tmpfs /run
if [ -n "$1" ]; then mkdir -p "$2" && cp -R "$1/." "$2"; fi
shift 2
exec "$@"
`;

/** Starts it as the image would: its entry point with the container's args and env. */
export async function startPodProcess(options: PodProcessOptions): Promise<GuardedProcess> {
  const { pod, address, bundle, mounts, apiserverUrl, logPath } = options;
  const container = pod["spec"].containers[0] as {
    readonly command?: unknown;
    readonly args?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
  };
  if (container.command !== undefined) throw new Error("a pod with a command: only the image's entry point is known");
  const { hostname, port } = new URL(apiserverUrl);
  const args = (container.args ?? []).map((arg) => toHere(arg, mounts));
  return startProcess({
    name: `pod ${pod.metadata.name}`,
    command: "unshare",
    args: [
      "--mount",
      "/bin/sh",
      "-euc",
      MOUNT_AND_EXEC,
      "sh",
      mounts.get(SERVICE_ACCOUNT_DIR) ?? "",
      SERVICE_ACCOUNT_DIR,
      process.execPath,
      join(bundle, "main.js"),
      ...args,
      // A pod has a network of its own; here its ports must not be taken on the other pods' addresses.
      ...(args[0] === "serve" ? [`--host=${address}`] : []),
    ],
    cwd: bundle,
    logPath,
    env: {
      PATH: process.env["PATH"],
      NODE_ENV: "production",
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ...Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value])),
    },
  });
}

function toHere(arg: string, mounts: ReadonlyMap<string, string>): string {
  let here = arg;
  for (const [path, folder] of mounts) {
    if (path !== SERVICE_ACCOUNT_DIR) here = here.replace(`${path}/`, `${folder}/`);
  }
  return here;
}

/** Whether the readiness probe of the pod, an HTTPS one, is answered as it should be. True where there is none. */
export async function isProbedReady(pod: KubeObject, address: string): Promise<boolean> {
  const container = pod["spec"].containers[0];
  const { httpGet, timeoutSeconds = 1 } = container.readinessProbe ?? {};
  if (httpGet === undefined) return true;
  const ports: readonly { readonly name: string; readonly containerPort: number }[] = container.ports;
  const port = ports.find(({ name }) => name === httpGet.port)?.containerPort ?? Number(httpGet.port);
  return new Promise((resolve) => {
    const probe = request(
      // A kubelet does not verify either.
      { host: address, port, path: httpGet.path, agent: false, rejectUnauthorized: false },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve(statusCode >= 200 && statusCode < 400);
      },
    );
    probe.setTimeout(timeoutSeconds * 1000, () => probe.destroy(new Error("no answer")));
    probe.once("error", () => resolve(false));
    probe.end();
  });
}
