/**
 * node test/e2e/node-cluster/run.ts [--image ARCHIVE] [--build-runc] [-- COMMAND…]
 *
 * Brings up a real cluster of one node (etcd, API server, controllers, containerd, kubelet) in namespaces of its own, runs
 * COMMAND with its KUBECONFIG, and ends everything. Without a command, as deploy/kind/run.sh: the end-to-end suite and
 * deploy/kind/install-and-test.sh. The webhook's image is made from this checkout, or is the ARCHIVE of
 * tools/build-image.ts. runc is the installed one; it is built where there is none, or with --build-runc.
 *
 * Exit code: the command's; 2 for bad usage; 77, and a line that begins with LEFT OUT, where the machine cannot.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SetupError } from "../../apiserver/control-plane/setup-error.ts";
import type { InsideArguments } from "./inside.ts";
import { buildOwnPrograms, CannotRun, getNodePrograms, type OwnPrograms } from "./programs.ts";

const CANNOT = 77;
const ROOT = join(import.meta.dirname, "../../..");
/** What deploy/kind/run.sh runs on its cluster. */
const DEFAULT_COMMANDS: InsideArguments["commands"] = [
  [process.execPath, join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--project", "e2e"],
  [join(ROOT, "deploy/kind/install-and-test.sh")],
];

/** Does what the run will do, with nothing in it. @throws CannotRun with what was refused */
function probe({ confine }: OwnPrograms): void {
  if (process.platform !== "linux") throw new CannotRun(`it needs Linux, and this is ${process.platform}`);
  const { status, stderr } = spawnSync(confine, ["probe"], { encoding: "utf8" });
  if (status !== 0) throw new CannotRun(stderr?.trim() || `the probe ended with ${status}`);
}

interface Options {
  /** Empty: the default ones. */
  readonly command: readonly string[];
  /** null: it is made. */
  readonly imagePath: string | null;
  readonly isRuncBuilt: boolean;
}

async function run({ command, imagePath, isRuncBuilt }: Options): Promise<number> {
  const own = await buildOwnPrograms();
  probe(own);
  const programs = await getNodePrograms(own, isRuncBuilt, (line) => console.error(line));
  const [program, ...args] = command;
  const handedOver: InsideArguments = {
    tools: [...programs.paths],
    runcPath: programs.runcPath,
    runcEnv: programs.runcEnv,
    pausePath: own.pause,
    imagePath,
    commands: program === undefined ? DEFAULT_COMMANDS : [[program, ...args]],
    logParent: tmpdir(),
  };
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), JSON.stringify(handedOver)];
  const child = spawn(own.confine, ["run", ...inside], {
    // The last is the leash: the kernel closes it when we end, however that is.
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, NODE_CLUSTER_LEASH: "1" },
  });
  // A Ctrl-C reaches the command itself.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  try {
    return await run(options);
  } catch (error) {
    if (error instanceof CannotRun) {
      console.error(`\nLEFT OUT: the end-to-end suite on a real node, because ${error.message}\n`);
      return CANNOT;
    }
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** @throws Error on what it does not know */
function parseOptions(argv: readonly string[]): Options {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const { values } = parseArgs({
    args: argv.slice(0, end),
    options: { image: { type: "string" }, "build-runc": { type: "boolean", default: false } },
  });
  const { image } = values;
  if (image !== undefined && !existsSync(image)) {
    throw new Error(`--image ${image}: there is no such file; make it: npx node tools/build-image.ts ${image}`);
  }
  return {
    command: argv.slice(end + 1),
    imagePath: image === undefined ? null : resolve(image),
    isRuncBuilt: values["build-runc"],
  };
}

process.exitCode = await main(process.argv.slice(2));
