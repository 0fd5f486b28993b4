// The server as the image runs it.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageEnvironment } from "../support/image-environment.ts";

export interface Bundle {
  /** What node runs. */
  readonly entry: string;
  /** What image and chart set for it. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "../..");

/** Bundles what is in src now, into a folder of its own. */
export async function makeBundle(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-bundle-"));
  execFileSync(process.execPath, [join(ROOT, "tools/bundle.ts"), folder], { cwd: ROOT });
  const env = await imageEnvironment();
  return { entry: join(folder, "main.js"), env, remove: async () => await rm(folder, { recursive: true }) };
}
