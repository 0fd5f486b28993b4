// The image, built from the Dockerfile by buildah on base images of this machine, and run.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { buildImage, localBaseImages } from "../../tools/image/build.ts";
import { type Buildah, openBuildah, whyNoBuildah } from "../../tools/image/buildah.ts";

const run = promisify(execFile);
const NAME = "localhost/kata-thp-webhook:test";
/** What the released base image, distroless/cc-debian12, comes with. */
const RELEASED_BASE_MB = 24;
const LARGEST_MB = 160;

const why = whyNoBuildah();
if (why !== null) console.warn(`LEFT OUT: the image is not built. ${why}, and run again.`);

let folder: string;
let buildah: Buildah;
/** The image's root filesystem, mounted. */
let root: string;

beforeAll(async () => {
  if (why !== null) return;
  folder = await mkdtemp(join(tmpdir(), "kata-thp-image-test-"));
  buildah = openBuildah(folder);
  await buildImage(buildah, NAME, await localBaseImages(buildah, folder));
  root = await buildah.run(["mount", await buildah.run(["from", NAME])]);
}, 300_000);

afterAll(async () => {
  if (why === null) await rm(folder, { recursive: true, force: true });
});

interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
}

async function config(): Promise<ImageConfig> {
  const inspected = JSON.parse(await buildah.run(["inspect", "--type", "image", NAME])) as {
    OCIv1: { config: ImageConfig };
  };
  return inspected.OCIv1.config;
}

/** As a container would: the image's user, entry, environment and folder, PID 1 of a namespace of its own. */
async function start(args: readonly string[]): Promise<ChildProcess> {
  const { Entrypoint, Env, User, WorkingDir } = await config();
  const [node, ...entry] = Entrypoint as [string, ...string[]];
  // chroot(1) starts in /, and the entry is relative to the image's folder.
  const command = [node, ...entry.map((word) => join(WorkingDir, word)), ...args];
  const child = spawn(
    "unshare",
    ["--pid", "--fork", "--kill-child", "chroot", `--userspec=${User}`, root, ...command],
    // chroot is looked for on this machine, so its PATH is wanted, and Node has no use for it.
    { env: { ...Object.fromEntries(Env.map(toPair)), PATH: process.env["PATH"] } },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** `A=b=c` to A and b=c. */
function toPair(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

describe.skipIf(why !== null)("the image", () => {
  it("runs as nobody, with node as its entry, and serve as its default", async () => {
    const { User, Entrypoint, Cmd, Env, ExposedPorts } = await config();
    expect(User).toBe("65532:65532");
    expect(Entrypoint).toEqual(["/usr/local/bin/node", "dist/main.js"]);
    expect(Cmd).toEqual(["serve"]);
    expect(Env).toContain("NODE_OPTIONS=--max-semi-space-size=4");
    expect(Env).toContain("NODE_ENV=production");
    expect(Env).toContain("MALLOC_TRIM_THRESHOLD_=65536");
    expect(Object.keys(ExposedPorts).toSorted()).toEqual(["10250/tcp", "8080/tcp"]);
  });

  it("holds Node and the bundle: no npm, no node_modules, no shell, no sources", async () => {
    const files = await readdir(root, { recursive: true });
    const unwanted = /(?:^|\/)(?:npm|npx|corepack|node_modules|sh|bash|dash)$|\.ts$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
    expect(await readdir(join(root, "app"))).toEqual(["dist", "package.json"]);
    expect((await readdir(join(root, "app/dist"))).filter((file) => file === "main.js.map")).toHaveLength(1);
  });

  it("is small enough on the base image that is released", async () => {
    const files = await readdir(join(root, "app"), { recursive: true, withFileTypes: true });
    const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
    sizes.push(stat(join(root, "usr/local/bin/node")));
    const megabytes = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0) / 1e6;

    expect(megabytes).toBeGreaterThan(100);
    expect(megabytes + RELEASED_BASE_MB).toBeLessThan(LARGEST_MB);
  });

  it("has files that nobody can change", async () => {
    const { mode, uid } = await stat(join(root, "app/dist/main.js"));
    expect([uid, mode & 0o022]).toEqual([0, 0]);
  });

  it("is of this version", async () => {
    const child = await start(["version"]);
    const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), "line")) as [string];
    expect(line).toBe(manifest.version);
  });

  it("serves as PID 1, and ends with 0 on SIGTERM", async () => {
    const child = await start(["serve", "--dev", "--port=0", "--metrics-port=0", "--host=127.0.0.1"]);
    const said: string[] = [];
    const listening = Promise.withResolvers<void>();
    createInterface(child.stderr as NodeJS.ReadableStream).on("line", (line) => {
      said.push(line);
      if (line.includes('"listening"')) listening.resolve();
    });
    void once(child, "exit").then(([code]) => listening.reject(new Error(`ended with ${code}: ${said.join("\n")}`)));
    await listening.promise;

    // unshare's only child is PID 1 of the namespace.
    const { stdout } = await run("ps", ["-o", "pid=", "--ppid", String(child.pid)]);
    const inside = Number(stdout.trim());
    expect(await readFile(`/proc/${inside}/status`, "utf8")).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(await readFile(`/proc/${inside}/status`, "utf8")).toMatch(/^Uid:\t65532\t/m);
    process.kill(inside, "SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
