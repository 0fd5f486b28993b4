// kubectl against a test control plane, with nothing of the user's own configuration.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ControlPlaneAccess } from "./access.ts";

export interface KubectlOptions {
  /** stdin, for `-f -`; what is not a string is sent as JSON. */
  readonly input?: unknown;
  /** Default: the administrator's. */
  readonly kubeconfigPath?: string;
}

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Warnings of admission stand here. */
  readonly stderr: string;
}

/** Runs it, whatever comes out. */
export async function tryKubectl(
  access: ControlPlaneAccess,
  args: readonly string[],
  { input, kubeconfigPath = access.kubeconfigPath }: KubectlOptions = {},
): Promise<KubectlResult> {
  const child = spawn(access.kubectlPath, args, {
    env: {
      PATH: process.env["PATH"],
      HOME: access.folder,
      KUBECONFIG: kubeconfigPath,
      KUBECACHEDIR: join(access.folder, "kubectl-cache"),
    },
  });
  // EPIPE: kubectl refused its arguments and never read.
  child.stdin.on("error", () => {});
  child.stdin.end(typeof input === "string" ? input : JSON.stringify(input));
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** Runs what must succeed. @throws Error with kubectl's own words when its exit code is not 0 */
export async function kubectl(
  access: ControlPlaneAccess,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const result = await tryKubectl(access, args, options);
  if (result.exitCode !== 0) {
    throw new Error(`kubectl ${args.join(" ")}: exit code ${result.exitCode}: ${result.stderr.trim()}`);
  }
  return result;
}

/**
 * Creates a namespace in which pods can be created at once. With a controller-manager that is only when the namespace
 * has its ServiceAccount: until then the API server refuses every pod of it.
 */
export async function createNamespace(
  access: ControlPlaneAccess,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  await kubectl(access, ["create", "-f", "-"], { input: namespace });
  if (access.hasServiceAccounts) {
    await kubectl(access, ["wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=60s"]);
  }
}
