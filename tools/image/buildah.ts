// buildah with a storage of its own: nothing of the user's images is read or changed.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Buildah {
  /** Runs it; resolves to its stdout. @throws Error with its last lines when the exit code is not 0 */
  run(args: readonly string[]): Promise<string>;
  /** The same with what it says shown as it comes. */
  show(args: readonly string[]): Promise<void>;
}

/** Why buildah cannot be used here, as a sentence; null where it can. */
export function whyNoBuildah(): string | null {
  if (spawnSync("buildah", ["--version"]).status !== 0) {
    return "buildah is not installed (Debian: apt-get install buildah)";
  }
  return process.getuid?.() === 0 ? null : "buildah is only used as root here";
}

/** @param folder where its storage is; whoever made the folder removes it */
export function openBuildah(folder: string): Buildah {
  // vfs and chroot work where a container may mount nothing; they cost disk space and time.
  const own = ["--root", `${folder}/store`, "--runroot", `${folder}/run`, "--storage-driver", "vfs"];
  return {
    async run(args) {
      const { stdout } = await run("buildah", [...own, ...args], { maxBuffer: 64 * 1024 * 1024 });
      return stdout.trim();
    },
    async show(args) {
      const child = spawn("buildah", [...own, ...args], { stdio: ["ignore", "inherit", "inherit"] });
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0) throw new Error(`buildah ${args[0]}: exit code ${code}`);
    },
  };
}

/** An image with one layer, the folder. */
export async function imageOf(
  buildah: Buildah,
  folder: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const container = await buildah.run(["from", "scratch"]);
  await buildah.run(["copy", "--quiet", container, folder, "/"]);
  const settings = Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  await buildah.run(["config", ...settings, container]);
  await buildah.run(["commit", "--quiet", "--rm", container, name]);
}
