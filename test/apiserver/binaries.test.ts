// The command that brings the programs, as a person meets it. It builds nothing here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KUBE_VERSIONS, parseKubeVersion } from "./control-plane/versions.ts";

const GET = fileURLToPath(new URL("./control-plane/get.ts", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kata-thp-binaries-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** With an empty cache, and nothing on PATH. */
async function get(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  const child = spawn(process.execPath, [GET, ...args], {
    env: { PATH: join(folder, "empty"), HOME: folder, XDG_CACHE_HOME: folder, ...env },
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

async function fill(place: string, names: readonly string[]): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const name of names) {
    await writeFile(join(place, name), "");
    await chmod(join(place, name), 0o755);
  }
}

describe("get.ts", () => {
  it("says in one line what to install where go is missing", async () => {
    const run = await get(["etcd"], {});

    expect(run).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        "go was not found on PATH: install Go 1.26 or newer (https://go.dev/dl), " +
        "or set KUBEBUILDER_ASSETS to a folder that holds kube-apiserver, etcd and kubectl\n",
    });
  });

  it.each([
    { there: [], missing: "kube-apiserver, no etcd, no kubectl" },
    { there: ["etcd", "kubectl"], missing: "kube-apiserver" },
  ])("says what a KUBEBUILDER_ASSETS with $there does not hold", async ({ there, missing }) => {
    const assets = join(folder, "assets");
    await fill(assets, there);

    const run = await get([], { KUBEBUILDER_ASSETS: assets });

    expect(run).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `KUBEBUILDER_ASSETS: ${assets} holds no ${missing}; ` +
        "it must hold kube-apiserver, etcd, kubectl, or be unset to have them built\n",
    });
  });

  it("takes what KUBEBUILDER_ASSETS holds, and asks for no more than it must hold", async () => {
    const assets = join(folder, "assets");
    await fill(assets, ["kube-apiserver", "etcd", "kubectl"]);

    const check = await get(["--check"], { KUBEBUILDER_ASSETS: assets });
    const got = await get(["etcd"], { KUBEBUILDER_ASSETS: assets });

    expect(check).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(got.stdout).toMatch(new RegExp(`^etcd\t${assets}/etcd\t0\\.\\d s\n$`));
  });

  it("checks the cache of the Kubernetes release that is wanted", async () => {
    const kube = join(folder, "kata-thp-webhook", "kube");
    await fill(join(kube, "v1.34.4", "bin"), ["kube-apiserver", "kubectl"]);
    await fill(join(kube, "etcd-v3.7.3", "bin"), ["etcd"]);
    const names = ["--check", "kube-apiserver", "etcd", "kubectl"];

    const oldest = await get(names, { KUBE_VERSION: "1.34.4" });
    const newest = await get(names, {});

    expect(oldest).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(newest.exitCode).toBe(1);
    expect(newest.stderr).toMatch(/^kube-apiserver, kubectl not there yet: run .*get\.ts, .*\n$/);
  });

  it.each([
    { args: ["kube-proxy"], says: /^unknown: kube-proxy; allowed are kube-apiserver, etcd, .*\n$/ },
    { args: ["--chek"], says: /^Unknown option '--chek'/ },
  ])("refuses $args", async ({ args, says }) => {
    const run = await get(args, {});

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(says);
  });
});

describe("KUBE_VERSION", () => {
  it.each([
    [undefined, KUBE_VERSIONS.newest],
    ["", KUBE_VERSIONS.newest],
    ["newest", KUBE_VERSIONS.newest],
    ["oldest", KUBE_VERSIONS.oldest],
    ["1.35.4", "v1.35.4"],
    ["v1.35.4", "v1.35.4"],
  ])("%s is %s", (wanted, version) => {
    expect(parseKubeVersion(wanted)).toBe(version);
  });

  it.each(["1.34", "latest", "1.37.2; rm"])("%s is refused, with what is allowed", (wanted) => {
    expect(() => parseKubeVersion(wanted)).toThrow(
      `KUBE_VERSION: "${wanted}" is not a Kubernetes release; write it as 1.37.2, or oldest (v1.34.4), or newest (v1.37.2)`,
    );
  });
});
