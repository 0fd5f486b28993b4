// The image that is put together without docker and buildah.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { type ImageConfig, writeOciArchive } from "../../../tools/image/oci-archive.ts";

const ROOT = join(import.meta.dirname, "../../..");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kata-thp-archive-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Unpacked {
  readonly name: string | undefined;
  readonly config: { readonly config: ImageConfig; readonly os: string; readonly architecture: string };
  /** Where the layer's files are. */
  readonly root: string;
}

/** As a container runtime reads it: index → manifest → config and layer, every digest and size checked on the way. */
async function unpack(archive: string): Promise<Unpacked> {
  const [layout, root] = [join(folder, "layout"), join(folder, "root")];
  await mkdir(layout);
  await mkdir(root);
  execFileSync("tar", ["--extract", "--file", archive, "--directory", layout]);
  const blob = async ({ digest, size }: Descriptor): Promise<Buffer> => {
    const content = await readFile(join(layout, "blobs/sha256", digest.slice("sha256:".length)));
    expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).toBe(digest);
    expect(content.length).toBe(size);
    return content;
  };
  const read = async <T>(path: string): Promise<T> => JSON.parse(await readFile(join(layout, path), "utf8")) as T;
  const parsed = async <T>(descriptor: Descriptor): Promise<T> => JSON.parse((await blob(descriptor)).toString()) as T;

  expect(await read("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
  type Index = { manifests: [Descriptor & { annotations: Record<string, string>; platform: object }] };
  const [entry] = (await read<Index>("index.json")).manifests;
  const { config, layers } = await parsed<{ config: Descriptor; layers: [Descriptor] }>(entry);
  const described = await parsed<Unpacked["config"] & { rootfs: { diff_ids: string[] } }>(config);
  // The layer is not compressed, so what it is unpacked to has its own digest.
  expect(described.rootfs.diff_ids).toEqual([layers[0].digest]);
  expect(entry.platform).toEqual({ os: described.os, architecture: described.architecture });
  const [docker] = await read<[{ Config: string; RepoTags: string[]; Layers: string[] }]>("manifest.json");
  const place = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
  const name = entry.annotations["io.containerd.image.name"];
  expect(docker).toEqual({ Config: place(config), RepoTags: [name], Layers: [place(layers[0])] });
  execFileSync("tar", ["--extract", "--directory", root], { input: await blob(layers[0]) });
  return { name, config: described, root };
}

describe("an archive", () => {
  it("holds one image, by its name, with its config and files", async () => {
    const config = { User: "65535:65535", Entrypoint: ["/pause"] };
    const out = join(folder, "a.tar");
    writeOciArchive(out, "localhost/pause:1", config, [
      { path: "pause", mode: 0o755, content: Buffer.from("program") },
    ]);

    const image = await unpack(out);

    expect(image.name).toBe("localhost/pause:1");
    expect(image.config.config).toEqual(config);
    expect(image.config.os).toBe("linux");
    expect(await readFile(join(image.root, "pause"), "utf8")).toBe("program");
  });

  it("is not written for a name without a tag, which nobody could load", () => {
    expect(() => writeOciArchive(join(folder, "a.tar"), "localhost:5000/pause", { Entrypoint: [] }, [])).toThrow(
      "localhost:5000/pause: an image's name needs a tag, such as localhost/name:1.0.0",
    );
  });
});

describe("tools/build-image.ts without buildah", () => {
  it(
    "writes the image of this version, with Node and the bundle and nothing that nobody needs",
    { timeout: 120_000 },
    async () => {
      const programs = join(folder, "programs");
      await mkdir(programs);
      await symlink("/usr/bin/ldd", join(programs, "ldd"));
      const out = join(folder, "webhook.tar");
      const env = { PATH: programs, HOME: folder, TMPDIR: folder };
      const built = await promisify(execFile)(process.execPath, [join(ROOT, "tools/build-image.ts"), out], { env });
      expect(built.stderr).toContain("buildah is not installed");
      expect(built.stdout).toBe(`localhost/kata-thp-webhook:${manifest.version} is in ${out}\n`);

      const { name, root } = await unpack(out);

      expect(name).toBe(`localhost/kata-thp-webhook:${manifest.version}`);
      expect((await readdir(join(root, "app"))).toSorted()).toEqual(["dist", "package.json"]);
      const files = await readdir(root, { recursive: true });
      expect(files.filter((file) => /(?:^|\/)(?:npm|node_modules|sh|bash)$|\.ts$/.test(file))).toEqual([]);
      expect(files.filter((file) => /\/libc\.so/.test(file))).toHaveLength(1);
      const node = join(root, "usr/local/bin/node");
      const said = await promisify(execFile)(node, [join(root, "app/dist/main.js"), "version"], { env: {} });
      expect(said.stdout).toBe(`${manifest.version}\n`);
    },
  );
});
