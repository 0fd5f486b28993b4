// Everything that a node is made of, as paths: our own small Go programs, and those of others.
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot, getBinaries } from "../../apiserver/control-plane/binaries.ts";
import { goEnvironment } from "../../apiserver/control-plane/go-build.ts";
import { CONTROLLER_TOOLS, NODE_TOOLS, REQUIRED_TOOLS, type ToolName } from "../../apiserver/control-plane/tools.ts";

/** The machine cannot run a node; the message says why. */
export class CannotRun extends Error {}

export interface OwnPrograms {
  readonly confine: string;
  readonly pause: string;
  readonly runcUnfiltered: string;
}

export interface NodePrograms {
  readonly paths: ReadonlyMap<ToolName, string>;
  /** What containerd is to call. */
  readonly runcPath: string;
  /** The environment that containerd needs for it. */
  readonly runcEnv: Readonly<Record<string, string>>;
}

const SOURCES = join(import.meta.dirname, "programs");
const NEEDED: readonly ToolName[] = [
  ...REQUIRED_TOOLS,
  ...CONTROLLER_TOOLS.filter((tool) => tool !== "kwok"),
  "helm",
  ...NODE_TOOLS,
];

/** Builds ours, with nothing but Go's own library, into the user's cache by what is in them. Seconds, then nothing. */
export async function buildOwnPrograms(): Promise<OwnPrograms> {
  const root = cacheRoot(process.env);
  const folder = join(root, `node-cluster-${digestOf(SOURCES)}`);
  if (!existsSync(folder)) {
    const part = `${folder}.part-${process.pid}`;
    try {
      const env = await goEnvironment(root, process.env);
      await promisify(execFile)("go", ["build", "-trimpath", "-o", `${part}/`, "./..."], { cwd: SOURCES, env });
      // Two at the same time: the second finds the folder there, with the same in it.
      await rename(part, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  const path = (name: string): string => join(folder, name);
  return { confine: path("confine"), pause: path("pause"), runcUnfiltered: path("runc-unfiltered") };
}

/**
 * Builds what is missing: 10 to 20 minutes the first time.
 *
 * @param isRuncBuilt runc too, even where one is installed
 * @throws CannotRun where there is no runc and none can be built
 */
export async function getNodePrograms(
  own: OwnPrograms,
  isRuncBuilt: boolean,
  onProgress: (line: string) => void,
): Promise<NodePrograms> {
  const installed = isRuncBuilt ? null : installedRunc();
  if (installed === null && !hasCompiler()) {
    throw new CannotRun("there is no runc, and no C compiler to build it: install one (Debian: apt-get install runc)");
  }
  const paths = await getBinaries(installed === null ? [...NEEDED, "runc"] : NEEDED, { onProgress });
  if (installed !== null) return { paths, runcPath: installed, runcEnv: {} };
  return { paths, runcPath: own.runcUnfiltered, runcEnv: { NODE_CLUSTER_RUNC: paths.get("runc") as string } };
}

/** One that knows seccomp, as the chart's pods ask for it; the one that we build does not. */
function installedRunc(): string | null {
  // sbin is not on everybody's PATH.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const candidates = folders.map((folder) => join(folder, "runc")).filter((path) => existsSync(path));
  return (
    candidates.find((path) => spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.includes("libseccomp")) ??
    null
  );
}

function hasCompiler(): boolean {
  const { stdout } = spawnSync("go", ["env", "CC"], { encoding: "utf8" });
  return spawnSync(stdout?.trim() || "cc", ["--version"]).status === 0;
}

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (statSync(join(folder, path)).isFile()) hash.update(`${path}\n`).update(readFileSync(join(folder, path)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** The folders of these programs, for PATH. */
export function foldersOf({ paths }: NodePrograms): string[] {
  return [...new Set([...paths.values()].map((path) => dirname(path)))];
}
