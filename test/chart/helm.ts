// helm against our chart, with nothing of the user's own configuration.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { requireBinaries } from "../apiserver/control-plane/binaries.ts";
import { parseKubeVersion } from "../apiserver/control-plane/versions.ts";

export const ROOT: string = join(import.meta.dirname, "../..");
export const CHART: string = join(ROOT, "charts/kata-thp-webhook");

/** The values files of ci/, by name without `-values.yaml`. */
export const CI_VALUES: readonly string[] = readdirSync(join(CHART, "ci")).map((name) =>
  name.replace(/-values\.yaml$/, ""),
);

export function ciValuesFile(name: string): string {
  return join(CHART, "ci", `${name}-values.yaml`);
}

export interface HelmProgram {
  /** For the names of tests. */
  readonly name: string;
  readonly path: string;
}

/** Helm 4, which the tests build; and another where HELM3 names its binary. @throws SetupError where helm is missing */
export function helmPrograms(env: NodeJS.ProcessEnv = process.env): readonly [HelmProgram, ...HelmProgram[]] {
  const helm4 = { name: "helm 4", path: requireBinaries(["helm"], env).get("helm") as string };
  const helm3 = env["HELM3"];
  return helm3 === undefined || helm3 === "" ? [helm4] : [helm4, { name: "helm 3", path: helm3 }];
}

export interface HelmResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HelmOptions {
  readonly program?: HelmProgram;
  readonly kubeconfigPath?: string;
  /** Values for `-f -`, as JSON. */
  readonly values?: unknown;
}

/** Nobody's: settings and repositories of whoever runs the tests play no part. */
const HELM_HOME = join(ROOT, "node_modules/.cache/helm");

/** Runs it, whatever comes out. */
export async function tryHelm(args: readonly string[], options: HelmOptions = {}): Promise<HelmResult> {
  const program = options.program ?? helmPrograms()[0];
  const withValues = options.values === undefined ? args : [...args, "--values", "-"];
  const child = spawn(program.path, withValues, {
    env: {
      PATH: process.env["PATH"],
      // Root would make /nonexistent: helm and its client cache what they see below HOME.
      HOME: HELM_HOME,
      // Empty would be the user's own; a file that is not there is no cluster at all.
      KUBECONFIG: options.kubeconfigPath ?? join(HELM_HOME, "no-kubeconfig"),
      HELM_CACHE_HOME: join(HELM_HOME, "cache"),
      HELM_CONFIG_HOME: join(HELM_HOME, "config"),
      HELM_DATA_HOME: join(HELM_HOME, "data"),
    },
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.values === undefined ? "" : JSON.stringify(options.values));
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** Runs what must succeed. @throws Error with helm's own words */
export async function helm(args: readonly string[], options: HelmOptions = {}): Promise<HelmResult> {
  const result = await tryHelm(args, options);
  if (result.exitCode !== 0) {
    throw new Error(`helm ${args.join(" ")}: exit code ${result.exitCode}: ${result.stderr.trim()}`);
  }
  return result;
}

/**
 * What `helm template` needs to be like an install as kata-thp in namespace kata-thp. The release is the oldest that we
 * know to work: a helm that was built from its module takes v1.20 for granted.
 */
export const TEMPLATE_ARGS: readonly string[] = [
  "template",
  "kata-thp",
  CHART,
  "--namespace",
  "kata-thp",
  "--kube-version",
  parseKubeVersion("oldest"),
];
