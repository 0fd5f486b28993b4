import { execFile, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml, parseAllDocuments } from "yaml";

const run = promisify(execFile);
const KIND = join(import.meta.dirname, "../../deploy/kind");
const SCRIPTS = readdirSync(KIND).filter((name) => name.endsWith(".sh"));
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;
if (!hasShellcheck) {
  console.warn("LEFT OUT: shellcheck of deploy/kind. Install it (Debian: apt-get install shellcheck) and run again.");
}

interface Runtime {
  readonly runtime_type: string;
  readonly options: { readonly SystemdCgroup: boolean };
}

type ContainerdPatch = {
  readonly plugins: Readonly<
    Record<(typeof CRI)[2 | 3], { readonly containerd: { readonly runtimes: Readonly<Record<string, Runtime>> } }>
  >;
};

/** The section of containerd's configuration that holds the handlers, by the configuration's version. */
const CRI = { 2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime" } as const;

describe("deploy/kind", () => {
  it.each(SCRIPTS)("%s is a script that bash can read", async (name) => {
    await run("bash", ["-n", join(KIND, name)]);
  });

  it.skipIf(!hasShellcheck).each(SCRIPTS)("%s has nothing that shellcheck would say", async (name) => {
    await run("shellcheck", ["--severity", "style", join(KIND, name)]);
  });

  const cluster = parseYaml(readFileSync(join(KIND, "cluster.yaml"), "utf8")) as {
    containerdConfigPatches: readonly string[];
  };
  const patches = cluster.containerdConfigPatches.map((patch) => parseToml(patch));

  it("patches containerd's configuration of either version, and each patch says which it is for", () => {
    // kind: pkg/internal/patch/toml.go skips a patch whose version is another than the node image's.
    expect(patches.map(({ version }) => version)).toEqual([2, 3]);
  });

  it.each([2, 3] as const)("has every RuntimeClass's handler in version %i, as runc", (version) => {
    const patch = patches.find((each) => each["version"] === version) as unknown as ContainerdPatch;
    const { runtimes } = patch.plugins[CRI[version]].containerd;
    const classes = parseAllDocuments(readFileSync(join(KIND, "runtime-classes.yaml"), "utf8"));
    const handlers = classes.map((document) => String(document.get("handler")));
    expect(Object.keys(runtimes)).toEqual(handlers);
    for (const runtime of Object.values(runtimes)) {
      expect(runtime).toMatchObject({ runtime_type: "io.containerd.runc.v2", options: { SystemdCgroup: true } });
    }
  });
});
