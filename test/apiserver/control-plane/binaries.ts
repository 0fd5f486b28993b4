// Where the programs of a control plane are: KUBEBUILDER_ASSETS, else the user's cache, else built into it.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { takeBuildLock } from "./build-lock.ts";
import { goBuild, goEnvironment } from "./go-build.ts";
import { SetupError } from "./setup-error.ts";
import { recipeFor, REQUIRED_TOOLS, SUITE_TOOLS, type ToolName } from "./tools.ts";
import { parseKubeVersion } from "./versions.ts";

export interface FoundBinaries {
  readonly paths: ReadonlyMap<ToolName, string>;
  readonly missing: readonly ToolName[];
}

/** The command that builds what is missing, as a person types it at the top of the checkout. */
export const GET_COMMAND = "npx node test/apiserver/control-plane/get.ts";

/**
 * Looks, and builds nothing. Where KUBEBUILDER_ASSETS is set it must hold the three that every control plane needs;
 * others (controllers, helm) are looked for there first and in the cache next. Which cache is KUBE_VERSION's.
 *
 * @throws SetupError when KUBEBUILDER_ASSETS or KUBE_VERSION is set to what cannot be used
 */
export function findBinaries(names: readonly ToolName[], env: NodeJS.ProcessEnv = process.env): FoundBinaries {
  const paths = new Map<ToolName, string>();
  const missing: ToolName[] = [];
  for (const name of new Set(names)) {
    const path = candidates(name, env).find(isExecutable);
    if (path === undefined) missing.push(name);
    else paths.set(name, path);
  }
  return { paths, missing };
}

/** The paths of those that must be there. @throws SetupError that says how to get what is missing */
export function requireBinaries(
  names: readonly ToolName[],
  env: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<ToolName, string> {
  const { paths, missing } = findBinaries(names, env);
  if (missing.length > 0) {
    throw new SetupError(`not there yet: ${missing.join(", ")}; run ${GET_COMMAND} ${missing.join(" ")}`);
  }
  return paths;
}

/**
 * What keeps the apiserver suite from being run here. With KUBEBUILDER_ASSETS it is run with what those must hold, and
 * what needs controllers is skipped where they are not to be found.
 */
export function missingForSuite(env: NodeJS.ProcessEnv = process.env): readonly ToolName[] {
  const hasAssets = (env["KUBEBUILDER_ASSETS"] ?? "") !== "";
  return findBinaries(hasAssets ? REQUIRED_TOOLS : SUITE_TOOLS, env).missing;
}

export interface GetOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** One line before something that takes long. */
  readonly onProgress?: (line: string) => void;
}

/** Makes sure that all are there. Minutes where one has to be built (the first of all 5 to 10), else milliseconds. */
export async function getBinaries(
  names: readonly ToolName[],
  { env = process.env, onProgress = () => {} }: GetOptions = {},
): Promise<ReadonlyMap<ToolName, string>> {
  const found = findBinaries(names, env);
  if (found.missing.length === 0) return found.paths;
  const root = cacheRoot(env);
  const lock = await takeBuildLock(root, () => onProgress("another process is building; waiting for it"));
  try {
    // Looked for again under the lock: whoever had it may have built the same.
    const { missing } = findBinaries(found.missing, env);
    const goEnv = missing.length > 0 ? await goEnvironment(root, env) : env;
    for (const name of missing) {
      const recipe = recipeFor(name, parseKubeVersion(env["KUBE_VERSION"]));
      onProgress(`building ${name} ${recipe.version} from ${recipe.module}`);
      await goBuild(recipe, cachedPath(name, env), root, goEnv);
    }
  } finally {
    await lock.release();
  }
  return findBinaries(names, env).paths;
}

function candidates(name: ToolName, env: NodeJS.ProcessEnv): string[] {
  const cached = cachedPath(name, env);
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets === undefined || assets === "") return [cached];
  const folder = resolve(assets);
  const absent = REQUIRED_TOOLS.filter((tool) => !isExecutable(join(folder, tool)));
  if (absent.length > 0) {
    throw new SetupError(
      `KUBEBUILDER_ASSETS: ${folder} holds no ${absent.join(", no ")}; ` +
        `it must hold ${REQUIRED_TOOLS.join(", ")}, or be unset to have them built`,
    );
  }
  return [join(folder, name), cached];
}

function cachedPath(name: ToolName, env: NodeJS.ProcessEnv): string {
  return join(cacheRoot(env), recipeFor(name, parseKubeVersion(env["KUBE_VERSION"])).folder, "bin", name);
}

/** Where everything that is built for tests stands. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const wanted = env["XDG_CACHE_HOME"];
  // The XDG specification: a relative path is to be ignored.
  const caches = wanted !== undefined && isAbsolute(wanted) ? wanted : join(homedir(), ".cache");
  return join(caches, "kata-thp-webhook", "kube");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
