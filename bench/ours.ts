// Our server as the image and the chart run it: the bundle, their environment, in-cluster.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { SERVICE_ACCOUNT_DIR } from "../src/cluster/in-cluster.ts";
import type { ControlPlaneAccess } from "../test/apiserver/control-plane/access.ts";
import { imageEnvironment } from "../test/support/image-environment.ts";

const ROOT = join(import.meta.dirname, "..");
const POLICY = join(ROOT, "bench/policy.yaml");

export interface OurCommand {
  /** Command and arguments, without the port. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** in-cluster, or kubeconfig where this user may not make a mount namespace. */
  readonly way: "in-cluster" | "kubeconfig";
  close(): void;
}

/**
 * Bundles the server into `dir`, where ca.crt, token, tls.crt and tls.key are already. The ServiceAccount's files are
 * mounted where the kubelet mounts them, in a mount namespace that lives until close(); that needs root.
 */
export async function prepareOurs(access: ControlPlaneAccess, dir: string): Promise<OurCommand> {
  execFileSync(process.execPath, [join(ROOT, "tools/bundle.ts"), join(dir, "dist")], { cwd: ROOT });
  await cp(join(ROOT, "package.json"), join(dir, "package.json"));
  const env = await imageEnvironment();
  const serve = [process.execPath, join(dir, "dist/main.js"), "serve", "--policy", POLICY, "--host", "127.0.0.1"];
  const tls = ["--tls-cert", join(dir, "tls.crt"), "--tls-key", join(dir, "tls.key")];
  const rest = ["--metrics-port", "0", "--max-in-flight", "256", "--log-level", "info", "--drain-delay", "0"];
  const { hostname, port } = new URL(access.url);
  const namespace = await mountNamespace(dir);
  return {
    command: [
      ...(namespace === null ? [] : ["nsenter", `--mount=/proc/${namespace.pid}/ns/mnt`]),
      ...serve,
      ...tls,
      ...rest,
      ...(namespace === null ? ["--kubeconfig", access.kubeconfigPath] : []),
    ],
    env: { ...env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    way: namespace === null ? "kubeconfig" : "in-cluster",
    close: () => namespace?.close(),
  };
}

/** It ends with our end of its stdin, however this process ends. */
async function mountNamespace(from: string): Promise<{ readonly pid: number; close(): void } | null> {
  const script =
    'mkdir -p "$AT" && mount -t tmpfs tmpfs "$AT" && cp "$FROM/ca.crt" "$FROM/token" "$AT" && echo && exec cat';
  const holder = spawn("unshare", ["--mount", "sh", "-c", script], {
    env: { ...process.env, AT: SERVICE_ACCOUNT_DIR, FROM: from },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const isThere = await Promise.race([
    once(holder.stdout, "data").then(() => true),
    once(holder, "exit").then(() => false),
    once(holder, "error").then(() => false),
  ]);
  if (!isThere || holder.pid === undefined) return null;
  return { pid: holder.pid, close: () => holder.stdin.end() };
}
