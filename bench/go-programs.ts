// The programs in Go: the load generator, and the same webhook on controller-runtime.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { goEnvironment } from "../test/apiserver/control-plane/go-build.ts";

const run = promisify(execFile);
const MODULE = join(import.meta.dirname, "go");

export interface GoPrograms {
  readonly client: string;
  /** null: its modules could not be had. */
  readonly webhook: string | null;
  /** Why not; empty else. */
  readonly why: string;
  /** Such as go1.26.8. */
  readonly version: string;
}

/**
 * Builds both from the pinned go.mod into the user's cache; about two minutes the first time, else seconds.
 *
 * @throws Error without Go, or where the load generator, which needs no module, does not build
 */
export async function buildGoPrograms(env: NodeJS.ProcessEnv = process.env): Promise<GoPrograms> {
  const wanted = env["XDG_CACHE_HOME"];
  const caches = wanted !== undefined && isAbsolute(wanted) ? wanted : join(homedir(), ".cache");
  const cache = join(caches, "kata-thp-webhook");
  const bin = join(cache, "bench");
  await mkdir(bin, { recursive: true });
  // The modules that the control plane is built from are the same; go.sum is what must not change.
  const goEnv = { ...(await goEnvironment(join(cache, "kube"), env)), GOFLAGS: "-mod=readonly -modcacherw" };
  const build = async (name: string): Promise<string> => {
    const path = join(bin, name);
    await run("go", ["build", "-trimpath", "-buildvcs=false", "-o", path, `./${name}`], { cwd: MODULE, env: goEnv });
    return path;
  };
  const client = await build("client");
  const version = (await run("go", ["env", "GOVERSION"], { cwd: MODULE, env: goEnv })).stdout.trim();
  try {
    return { client, webhook: await build("webhook"), why: "", version };
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split("\n").slice(-3).join(" ") : String(error);
    return { client, webhook: null, why: said, version };
  }
}
