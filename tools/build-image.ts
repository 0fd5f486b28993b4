/**
 * node tools/build-image.ts OUT.tar
 *
 * Builds the Dockerfile without docker, by buildah, into an archive for `ctr images import`, `kind load image-archive`
 * or `docker load`; its name is localhost/kata-thp-webhook with the package's version. The base images are made from
 * this machine, or are those that BUILD_IMAGE and RUN_IMAGE name. Where buildah cannot be used the same image is put
 * together by ourselves, which no base image can be named for.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { buildImage, localBaseImages } from "./image/build.ts";
import { openBuildah, whyNoBuildah } from "./image/buildah.ts";
import { writeImage } from "./image/direct.ts";

async function main(out: string | undefined): Promise<number> {
  if (out === undefined) {
    console.error("name the archive: node tools/build-image.ts OUT.tar");
    return 2;
  }
  const name = `localhost/kata-thp-webhook:${manifest.version}`;
  const { BUILD_IMAGE: build, RUN_IMAGE: run } = process.env;
  const why = whyNoBuildah();
  if (why !== null) {
    console.error(`${why}; the image is put together without it`);
    if (build || run) {
      console.error("BUILD_IMAGE and RUN_IMAGE need buildah: install it, or unset them");
      return 1;
    }
    await writeImage(out, name);
    console.log(`${name} is in ${out}`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "kata-thp-image-"));
  try {
    const buildah = openBuildah(folder);
    await buildImage(buildah, name, build && run ? { build, run } : await localBaseImages(buildah, folder));
    // buildah adds nothing to an archive that is there.
    rmSync(out, { force: true });
    await buildah.run(["push", "--quiet", name, `docker-archive:${resolve(out)}:${name}`]);
    console.log(`${name} is in ${out}`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv[2]);
