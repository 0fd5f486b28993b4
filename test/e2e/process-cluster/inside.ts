// The cluster of run.ts, and the suite on it; started by run.ts in namespaces of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { startControlPlane } from "../../apiserver/control-plane/start.ts";
import { ROOT } from "../../chart/helm.ts";
import { startProcessNode } from "./process-node.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Aborted by a signal, or when run.ts is gone: whatever runs then is ended, and nothing else begins. */
const stopping = new AbortController();

/** Runs a command of the checkout to its end, with our own output. Resolves with its exit code. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  stopping.signal.throwIfAborted();
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: "inherit" });
  const end = (): void => void child.kill("SIGTERM");
  stopping.signal.addEventListener("abort", end);
  const [code] = (await once(child, "close")) as [number | null];
  stopping.signal.removeEventListener("abort", end);
  return code ?? 1;
}

async function runSuite(vitestArgs: readonly string[], addresses: readonly string[]): Promise<number> {
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const image = `localhost/kata-thp-webhook:${version}`;
  const bundle = await mkdtemp(join(tmpdir(), "kata-thp-e2e-"));
  try {
    const bundled = await run(["tools/bundle.ts", bundle]);
    stopping.signal.throwIfAborted();
    if (bundled !== 0) throw new Error(`tools/bundle.ts ended with ${bundled}`);
    const plane = await startControlPlane({
      withControllers: ["controller-manager"],
      // A webhook's Service is called through its endpoints: there is no kube-proxy.
      apiserverFlags: ["--enable-aggregator-routing=true"],
      // Nobody sends the heartbeats that it would miss.
      controllerFlags: { "controller-manager": ["--controllers=*,-node-lifecycle-controller"] },
    });
    let code = 1;
    try {
      const node = await startProcessNode({ access: plane.access, image, bundle, addresses, say });
      say(
        `kube-apiserver ${plane.access.kubeVersion} and a process node, ready after ${Math.round(plane.readyAfterMs)} ms`,
      );
      try {
        code = await run(["node_modules/vitest/vitest.mjs", "run", "--project", "e2e", ...vitestArgs], {
          KATA_THP_E2E: "1",
          KUBECONFIG: plane.access.kubeconfigPath,
          KATA_THP_E2E_IMAGE: image,
        });
      } finally {
        await node.close();
      }
    } finally {
      await plane.stop({ keepLogs: code !== 0 });
    }
    return code;
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => stopping.abort(new Error(`ended by ${signal}`)));
}
// run.ts holds the other end.
const leash = new Socket({ fd: 3 });
leash.once("close", () => stopping.abort(new Error("run.ts is gone"))).resume();
leash.unref();

const [addresses = "", ...vitestArgs] = process.argv.slice(2);
try {
  process.exitCode = await runSuite(vitestArgs, addresses.split(","));
} catch (error) {
  say(stopping.signal.aborted ? String(stopping.signal.reason) : inspect(error));
  process.exitCode = 1;
}
