// An image of one layer as an archive that `ctr images import`, `kind load image-archive` and `docker load` take:
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md, and Docker's manifest.json beside it.
import { createHash } from "node:crypto";
import { closeSync, openSync, writevSync } from "node:fs";
import { type TarEntry, tarOf } from "./tar.ts";

/** The fields of an image's config that we set, by their names there. */
export interface ImageConfig {
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

const TYPE = "application/vnd.oci.image";
/** By Node's names; https://go.dev/doc/install/source#environment has the others. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * @param name repository and tag
 * @param files the layer
 */
export function writeOciArchive(out: string, name: string, config: ImageConfig, files: readonly TarEntry[]): void {
  const platform = { architecture: ARCHITECTURES[process.arch] ?? process.arch, os: "linux" };
  const layer = blob(tarOf(files));
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  const described = json({ ...platform, config, rootfs });
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${TYPE}.manifest.v1+json`,
    config: descriptor(described, "config.v1+json"),
    layers: [descriptor(layer, "layer.v1.tar")],
  });
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tagOf(name) };
  const index = json({
    schemaVersion: 2,
    mediaType: `${TYPE}.index.v1+json`,
    manifests: [{ ...descriptor(manifest, "manifest.v1+json"), platform, annotations }],
  });
  const docker = json([{ Config: described.path, RepoTags: [name], Layers: [layer.path] }]);
  write(out, [
    folder("blobs"),
    folder("blobs/sha256"),
    ...[described, manifest, layer].map(({ path, pieces }) => file(path, pieces)),
    file("index.json", index.pieces),
    file("manifest.json", docker.pieces),
    file("oci-layout", [Buffer.from('{"imageLayoutVersion":"1.0.0"}')]),
  ]);
}

interface Blob {
  readonly digest: string;
  readonly path: string;
  readonly size: number;
  readonly pieces: readonly Buffer[];
}

function blob(pieces: readonly Buffer[]): Blob {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  const hex = hash.digest("hex");
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { digest: `sha256:${hex}`, path: `blobs/sha256/${hex}`, size, pieces };
}

function json(value: unknown): Blob {
  return blob([Buffer.from(JSON.stringify(value))]);
}

function descriptor({ digest, size }: Blob, type: string): { mediaType: string; digest: string; size: number } {
  return { mediaType: `${TYPE}.${type}`, digest, size };
}

function tagOf(name: string): string {
  const tag = /:([\w.-]+)$/.exec(name)?.[1];
  if (tag === undefined) throw new Error(`${name}: an image's name needs a tag, such as localhost/name:1.0.0`);
  return tag;
}

function folder(path: string): TarEntry {
  return { path, mode: 0o755, content: null };
}

function file(path: string, pieces: readonly Buffer[]): TarEntry {
  return { path, mode: 0o644, content: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces) };
}

function write(out: string, entries: readonly TarEntry[]): void {
  const target = openSync(out, "w");
  try {
    for (const piece of tarOf(entries))
      for (let rest = piece; rest.length > 0;) rest = rest.subarray(writevSync(target, [rest]));
  } finally {
    closeSync(target);
  }
}
