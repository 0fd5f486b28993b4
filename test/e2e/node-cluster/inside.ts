// Run by confine, for run.ts: brings the cluster up and runs the commands on it. Everything ends when this does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ControlPlaneAccess } from "../../apiserver/control-plane/access.ts";
import { WEBHOOK_IMAGE, writePauseImage, writeWebhookImage } from "./images.ts";
import { FOLDER, PAUSE_IMAGE } from "./node-config.ts";
import { foldersOf, type NodePrograms } from "./programs.ts";
import { startNodeCluster } from "./start.ts";

/** What run.ts hands over, as JSON, since confine passes on nothing else. */
export interface InsideArguments {
  /** [tool, path] */
  readonly tools: readonly (readonly [string, string])[];
  readonly runcPath: string;
  readonly runcEnv: Readonly<Record<string, string>>;
  readonly pausePath: string;
  /** The archive of the webhook's image; null: it is made. */
  readonly imagePath: string | null;
  /** One after the other, while they end with 0. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Where logs go when something fails. */
  readonly logParent: string;
}

const ROOT = join(import.meta.dirname, "../../..");

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

async function main(given: InsideArguments): Promise<number> {
  const begin = performance.now();
  // A Ctrl-C reaches the command too: it says what it has to say, and we end after it.
  process.on("SIGINT", () => {});
  const temporary = join(FOLDER, "tmp");
  mkdirSync(temporary, { recursive: true });
  process.env["TMPDIR"] = temporary;
  const programs = { ...given, paths: new Map(given.tools) as NodePrograms["paths"] };
  let code = 1;
  try {
    const access = await startNodeCluster({
      programs,
      cgroup: process.env["NODE_CLUSTER_CGROUP"] as string,
      images: [
        Promise.resolve(writePauseImage(temporary, given.pausePath)),
        given.imagePath === null ? writeWebhookImage(temporary) : Promise.resolve(given.imagePath),
      ],
    });
    console.error(`node ready after ${seconds(begin)}`);
    code = await runAll(given.commands, environment(access, programs));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  if (code !== 0) keepLogs(given.logParent);
  return code;
}

/** What deploy/kind/install-and-test.sh and the end-to-end suite read. */
function environment(access: ControlPlaneAccess, programs: NodePrograms): NodeJS.ProcessEnv {
  const { NODE_CLUSTER_CGROUP: _, NODE_CLUSTER_LEASH: __, ...own } = process.env;
  return {
    ...own,
    PATH: [...foldersOf(programs), process.env["PATH"]].join(delimiter),
    KUBECONFIG: access.kubeconfigPath,
    // Not the user's.
    KUBECACHEDIR: join(FOLDER, "kubectl-cache"),
    HELM_CACHE_HOME: join(FOLDER, "helm-cache"),
    HELM_CONFIG_HOME: join(FOLDER, "helm-config"),
    HELM_DATA_HOME: join(FOLDER, "helm-data"),
    IMAGE: WEBHOOK_IMAGE,
    POD_IMAGE: PAUSE_IMAGE,
    KATA_THP_E2E: "1",
    KATA_THP_E2E_IMAGE: WEBHOOK_IMAGE,
    KATA_THP_E2E_POD_IMAGE: PAUSE_IMAGE,
    KATA_THP_E2E_RUNS_PODS: "1",
  };
}

async function runAll(commands: InsideArguments["commands"], env: NodeJS.ProcessEnv): Promise<number> {
  for (const [program, ...args] of commands) {
    const begin = performance.now();
    const child = spawn(program, args, { stdio: "inherit", env, cwd: ROOT });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    console.error(
      `${[program, ...args].join(" ")}: ${code === null ? signal : `exit code ${code}`}, ${seconds(begin)}`,
    );
    if (code !== 0) return code ?? 1;
  }
  return 0;
}

/** Out of /run, which nobody will see again. */
function keepLogs(parent: string): void {
  const folder = mkdtempSync(join(parent, "kata-thp-node-logs-"));
  for (const path of readdirSync(FOLDER, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".log") && !path.startsWith("containerd-"))
      cpSync(join(FOLDER, path), join(folder, path.replaceAll("/", "_")));
  }
  console.error(`the cluster's logs are kept in ${folder}`);
}

process.exit(await main(JSON.parse(process.argv[2] as string) as InsideArguments));
