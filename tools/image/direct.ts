// The image without the Dockerfile's tools: the same files and the same config, put into an archive by ourselves. For
// machines without docker and buildah; it needs no registry and no root.
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { makeRunRoot } from "./base-root.ts";
import { copiesOf, imageConfigOf } from "./dockerfile.ts";
import { writeOciArchive } from "./oci-archive.ts";
import { entriesOf } from "./tar.ts";

const ROOT = join(import.meta.dirname, "../..");
/** As in base images of Debian. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Writes the checkout as image `name` to the archive `out`; its Node is the one that runs this. */
export async function writeImage(out: string, name: string): Promise<void> {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const config = imageConfigOf(dockerfile, PATH);
  const folder = mkdtempSync(join(tmpdir(), "kata-thp-direct-image-"));
  try {
    const dist = join(folder, "dist");
    await promisify(execFile)(process.execPath, [join(ROOT, "tools/bundle.ts"), dist], { cwd: ROOT });
    const root = join(folder, "root");
    mkdirSync(root);
    makeRunRoot(root);
    const sources = {
      "/build/node": process.execPath,
      "/build/package.json": join(ROOT, "package.json"),
      "/build/dist": dist,
    };
    for (const [from, to] of copiesOf(dockerfile)) {
      const source = (sources as Record<string, string>)[from];
      if (source === undefined) throw new Error(`Dockerfile: tools/image/direct.ts does not know what ${from} is`);
      const target = join(root, resolve(config.WorkingDir ?? "/", to));
      mkdirSync(dirname(target), { recursive: true });
      if (source === dist) cpSync(source, target, { recursive: true });
      else copyFileSync(source, target);
    }
    writeOciArchive(out, name, config, entriesOf(root));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
