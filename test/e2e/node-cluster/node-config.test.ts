import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { NODE_TOOLS } from "../../apiserver/control-plane/tools.ts";
import {
  API_SERVICE_ADDRESS,
  CONTAINERD_CONFIG,
  FOLDER,
  HANDLERS,
  KUBELET_CONFIG,
  NODE_ADDRESS,
  nodeFiles,
  PAUSE_IMAGE,
} from "./node-config.ts";

const GIVEN = { runcPath: "/opt/a b/runc", cniFolder: "/opt/cni", clientCaPath: "/run/ca.crt", cgroup: "/group" };
const FILES = nodeFiles(GIVEN);

function file(path: string): string {
  const text = FILES.get(path);
  if (text === undefined) throw new Error(`${path} is not among ${[...FILES.keys()].join(", ")}`);
  return text;
}

interface Runtime {
  readonly runtime_type: string;
  readonly options: { readonly BinaryName: string; readonly SystemdCgroup: boolean };
}

interface Containerd {
  readonly plugins: {
    readonly "io.containerd.cri.v1.images": { readonly pinned_images: { readonly sandbox: string } };
    readonly "io.containerd.cri.v1.runtime": {
      readonly containerd: {
        readonly default_runtime_name: string;
        readonly runtimes: Readonly<Record<string, Runtime>>;
      };
      readonly cni: { readonly bin_dirs: readonly string[]; readonly conf_dir: string };
    };
  };
}

interface Network {
  readonly plugins: readonly {
    readonly type: string;
    readonly ipMasq: boolean;
    readonly ipam: { readonly type: string };
  }[];
}

const containerd = parseToml(file(CONTAINERD_CONFIG)) as unknown as Containerd;
const runtime = containerd.plugins["io.containerd.cri.v1.runtime"];

describe("containerd's config", () => {
  it("has every handler of the kind cluster, each runc under another name", () => {
    const kind = readFileSync(join(import.meta.dirname, "../../../deploy/kind/cluster.yaml"), "utf8");
    const { containerdConfigPatches } = parseYaml(kind) as { containerdConfigPatches: string[] };
    const patches = containerdConfigPatches.map((patch) => parseToml(patch) as unknown as Containerd);
    const patch = patches.find(({ plugins }) => "io.containerd.cri.v1.runtime" in plugins) as Containerd;
    const ofKind = Object.keys(patch.plugins["io.containerd.cri.v1.runtime"].containerd.runtimes);

    expect(Object.keys(runtime.containerd.runtimes)).toEqual(["runc", ...ofKind]);
    expect(HANDLERS).toEqual(Object.keys(runtime.containerd.runtimes));
    for (const handler of Object.values(runtime.containerd.runtimes)) {
      expect(handler).toEqual({
        runtime_type: "io.containerd.runc.v2",
        options: { BinaryName: "/opt/a b/runc", SystemdCgroup: false },
      });
    }
    expect(runtime.containerd.default_runtime_name).toBe("runc");
  });

  it("holds pods by the image that is imported, and finds the network's config and plugins", () => {
    expect(containerd.plugins["io.containerd.cri.v1.images"].pinned_images.sandbox).toBe(PAUSE_IMAGE);
    expect(runtime.cni.bin_dirs).toEqual(["/opt/cni"]);
    expect([...FILES.keys()].filter((path) => path.startsWith(`${runtime.cni.conf_dir}/`))).toHaveLength(1);
  });
});

describe("the pods' network", () => {
  const path = [...FILES.keys()].find((name) => name.endsWith(".conflist")) as string;
  const { plugins } = JSON.parse(file(path)) as Network;

  it("needs no plugin that is not built, and no iptables", () => {
    const used = plugins.flatMap(({ type, ipam }) => [type, ipam.type]);
    expect(used.filter((type) => !NODE_TOOLS.some((tool) => tool === type))).toEqual([]);
    expect(plugins.some(({ ipMasq }) => ipMasq)).toBe(false);
  });
});

describe("kubelet's config", () => {
  const kubelet = JSON.parse(file(KUBELET_CONFIG)) as Record<string, unknown>;

  it("keeps to its control group, and lets in only whom the API server is", () => {
    expect(kubelet).toMatchObject({
      cgroupRoot: "/group",
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: "/run/ca.crt" } },
      authorization: { mode: "Webhook" },
      readOnlyPort: 0,
    });
  });
});

describe("all files", () => {
  it("name no place of the machine's own: what is not given is below /run/node", () => {
    const places = [...FILES.values()].flatMap((text) =>
      [...text.matchAll(/"(?:unix:\/\/)?(\/[^"]*)"/g)].map(([, path]) => path),
    );
    const own = places.filter((path) => !Object.values(GIVEN).some((given) => given === path));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((path) => path?.startsWith(`${FOLDER}/`) !== true)).toEqual([]);
    expect([...FILES.keys()].filter((path) => !path.startsWith(`${FOLDER}/`))).toEqual([]);
  });

  it("have the addresses that confine gives the node", () => {
    const source = readFileSync(join(import.meta.dirname, "programs/confine/network.go"), "utf8");
    const given = [...source.matchAll(/"lo:\w+":\s+"([\d.]+)"/g)].map(([, address]) => address);
    expect(given).toEqual([NODE_ADDRESS, API_SERVICE_ADDRESS]);
  });
});
