// `serve`, bundled and in-cluster as the image runs it, against an API server that is full.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ControlPlaneAccess } from "../apiserver/control-plane/access.ts";
import { issueServerCertificate } from "../apiserver/control-plane/pki.ts";
import { SERVICE_ACCOUNT_DIR } from "../../src/cluster/in-cluster.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOOKS = 20;

/**
 * Prints when it is ready and its RSS then and while it lists. The ServiceAccount's files stand where the kubelet mounts
 * them, in a mount namespace of the process's own, which needs root.
 */
export async function measureServer(access: ControlPlaneAccess, serviceAccountDir: string): Promise<void> {
  const { url } = access;
  await writeCertificate(access, serviceAccountDir);
  const dist = join(serviceAccountDir, "dist");
  execFileSync(process.execPath, [join(ROOT, "tools/bundle.ts"), dist], { cwd: ROOT });
  const serve = `exec "$NODE" --max-semi-space-size=4 "$DIST/main.js" serve --tls-cert "$FROM/tls.crt" --tls-key "$FROM/tls.key" --port 0 --metrics-port 0`;
  const mount = `mkdir -p "$AT" && mount -t tmpfs tmpfs "$AT" && cp "$FROM/ca.crt" "$FROM/token" "$AT"`;
  const startedMs = performance.now();
  const server = spawn("unshare", ["--mount", "bash", "-c", `${mount} && ${serve}`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      NODE: process.execPath,
      DIST: dist,
      AT: SERVICE_ACCOUNT_DIR,
      FROM: serviceAccountDir,
      KUBERNETES_SERVICE_HOST: new URL(url).hostname,
      KUBERNETES_SERVICE_PORT: new URL(url).port,
    },
  });
  const watching = new Set<string>();
  for await (const line of createInterface({ input: server.stderr })) {
    const said = /watching (\w+)/.exec(line)?.[1];
    if (said !== undefined) watching.add(said);
    if (/"level":"?(error|50)/.test(line)) console.log(line);
    if (watching.size === 2) break;
  }
  console.log(`serve: synced ${Math.round(performance.now() - startedMs)} ms after exec`);
  let most = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    most = Math.max(most, await rssMiB(server.pid));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  console.log(`serve: RSS ${await rssMiB(server.pid)} MiB, ${most} MiB at most within ${LOOKS} s`);
  server.kill();
  await once(server, "exit");
}

async function writeCertificate(access: ControlPlaneAccess, dir: string): Promise<void> {
  const [certificate, key] = await Promise.all([
    readFile(access.caCertificatePath, "utf8"),
    readFile(access.caKeyPath, "utf8"),
  ]);
  const pair = await issueServerCertificate({ certificate, key }, ["localhost"]);
  await writeFile(join(dir, "tls.crt"), pair.certificate);
  await writeFile(join(dir, "tls.key"), pair.key, { mode: 0o600 });
}

async function rssMiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
