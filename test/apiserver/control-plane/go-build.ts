// Builds one binary from the Go module proxy.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { lastLines, startProcess } from "./guarded-process.ts";
import { SetupError } from "./setup-error.ts";
import type { Recipe } from "./tools.ts";
import { GO_VERSION } from "./versions.ts";

const run = promisify(execFile);

/**
 * The environment that go is run in. Its module and build caches are below `cacheRoot` unless `env` names others, so
 * that removing one folder removes everything.
 *
 * @throws SetupError when there is no go
 */
export async function goEnvironment(cacheRoot: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const goEnv: NodeJS.ProcessEnv = {
    GOMODCACHE: join(cacheRoot, "gomod"),
    GOCACHE: join(cacheRoot, "gocache"),
    ...env,
    CGO_ENABLED: "0",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    // -modcacherw: go's module cache is read-only else, and `rm -r` of the cache folder fails.
    GOFLAGS: "-mod=mod -buildvcs=false -modcacherw",
  };
  try {
    await run("go", ["version"], { env: goEnv });
  } catch (error) {
    throw new SetupError(
      `go was not found on PATH: install Go ${GO_VERSION} or newer (https://go.dev/dl), ` +
        "or set KUBEBUILDER_ASSETS to a folder that holds kube-apiserver, etcd and kubectl",
      { cause: error },
    );
  }
  return goEnv;
}

/**
 * Builds `recipe` into `binaryPath`, which appears by rename: nobody ever sees half of it. The caller holds the build
 * lock.
 *
 * @param goEnv of goEnvironment()
 * @throws SetupError when the build fails, with go's own last lines and where the whole log is
 */
export async function goBuild(
  recipe: Recipe,
  binaryPath: string,
  cacheRoot: string,
  goEnv: NodeJS.ProcessEnv,
): Promise<void> {
  const moduleFolder = join(cacheRoot, recipe.folder, "module");
  await writeGoMod(recipe, moduleFolder, goEnv);
  if (recipe.main !== undefined) await copyFile(recipe.main, join(moduleFolder, "main.go"));
  const folder = dirname(binaryPath);
  await mkdir(folder, { recursive: true });
  await removeLeftovers(folder);
  const partPath = join(folder, `.part-${randomUUID()}`);
  const logPath = join(cacheRoot, recipe.folder, `${basename(binaryPath)}.build.log`);
  await rm(logPath, { force: true });
  try {
    const build = await startProcess({
      name: "go build",
      command: "go",
      args: [
        "build",
        "-trimpath",
        "-ldflags",
        recipe.ldflags,
        "-tags",
        recipe.tags ?? "",
        "-o",
        partPath,
        recipe.package,
      ],
      cwd: moduleFolder,
      env: recipe.hasC === true ? { ...goEnv, CGO_ENABLED: "1" } : goEnv,
      logPath,
    });
    const ending = await build.exited;
    if (ending !== "exit code 0") {
      throw new SetupError(
        `go build ${recipe.package}@${recipe.version} failed (${ending}); all that it said is in ${logPath}, at last:\n` +
          (await lastLines(logPath, 12)),
      );
    }
    await chmod(partPath, 0o755);
    await rename(partPath, binaryPath);
  } finally {
    await rm(partPath, { force: true });
  }
}

/** A build that was killed leaves its unfinished file; under the lock there is no other that it could belong to. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(".part-")) await rm(join(folder, name));
}

/**
 * A module of ours around the wanted one, because `go install module@version` refuses a module whose go.mod has
 * replace lines, as Kubernetes' has. Kept between builds: go notes there what else it needed.
 */
async function writeGoMod(recipe: Recipe, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const path = join(folder, "go.mod");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(folder, { recursive: true });
  const text = recipe.hasStaging
    ? withoutStaging(await moduleGoMod(recipe, folder, env), recipe)
    : `module build\n\ngo ${GO_VERSION}.0\n\nrequire ${recipe.module} ${recipe.version}\n`;
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

/** The go.mod that the module was released with. */
async function moduleGoMod(recipe: Recipe, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const wanted = `${recipe.module}@${recipe.version}`;
  let answer: { readonly GoMod?: string; readonly Error?: string };
  try {
    answer = JSON.parse((await run("go", ["mod", "download", "-json", wanted], { cwd, env })).stdout) as typeof answer;
  } catch (error) {
    // It fails with the same JSON, and an Error in it.
    const { stdout = "" } = error as Error & { readonly stdout?: string };
    if (!stdout.startsWith("{")) throw error;
    answer = JSON.parse(stdout) as typeof answer;
  }
  if (answer.GoMod === undefined) {
    const why = answer.Error?.replaceAll(/\s+/g, " ") ?? "go did not say why";
    throw new SetupError(`${wanted} could not be fetched from the Go module proxy: ${why}`);
  }
  return readFile(answer.GoMod, "utf8");
}

/** Every `=> ./staging/src/M` becomes `=> M v0.X.Y`: staging modules are released with Kubernetes v1.X.Y. */
function withoutStaging(goMod: string, recipe: Recipe): string {
  const stagingVersion = recipe.version.replace(/^v1\./, "v0.");
  return (
    goMod
      .replace(/^module .*$/m, "module build")
      .replaceAll(/=> \.\/staging\/src\/(\S+)/g, (_, staged: string) => `=> ${staged} ${stagingVersion}`) +
    `\nrequire ${recipe.module} ${recipe.version}\n`
  );
}
