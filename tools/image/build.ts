// The Dockerfile, built by buildah.
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EXTRA_CA, makeBuildRoot, makeRunRoot } from "./base-root.ts";
import { type Buildah, imageOf } from "./buildah.ts";

export interface BaseImages {
  readonly build: string;
  readonly run: string;
}

const ROOT = join(import.meta.dirname, "../..");
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Base images from this machine, in `buildah`'s storage. */
export async function localBaseImages(buildah: Buildah, folder: string): Promise<BaseImages> {
  const [build, run] = [join(folder, "build-root"), join(folder, "run-root")];
  const extraCa = process.env["NODE_EXTRA_CA_CERTS"] || null;
  mkdirSync(build, { recursive: true });
  makeBuildRoot(build, extraCa);
  mkdirSync(run, { recursive: true });
  makeRunRoot(run);
  const names = { build: "localhost/kata-thp-build-base:local", run: "localhost/kata-thp-run-base:local" };
  const ca: Record<string, string> = extraCa === null ? {} : { NODE_EXTRA_CA_CERTS: EXTRA_CA };
  await imageOf(buildah, build, names.build, { PATH, HOME: "/root", ...ca });
  await imageOf(buildah, run, names.run, { PATH });
  return names;
}

/** Builds the checkout as `name`. npm's own cache is used, where there is one, to spare downloads. */
export async function buildImage(buildah: Buildah, name: string, base: BaseImages): Promise<void> {
  const cache = join(homedir(), ".npm");
  await buildah.show([
    "build",
    "--isolation=chroot",
    // Read at the build and never written: another npm may be using it.
    ...(existsSync(cache) ? [`--volume=${cache}:/root/.npm:O`] : []),
    `--build-arg=BUILD_IMAGE=${base.build}`,
    `--build-arg=RUN_IMAGE=${base.run}`,
    `--tag=${name}`,
    ROOT,
  ]);
}
