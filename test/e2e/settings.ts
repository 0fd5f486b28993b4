// What the suite is told by its environment.
import { existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { findBinaries } from "../apiserver/control-plane/binaries.ts";
import { SetupError } from "../apiserver/control-plane/setup-error.ts";

export interface Settings {
  readonly kubeconfigPath: string;
  readonly image: { readonly repository: string; readonly tag: string };
  /** Of pods that run until they are ended. */
  readonly podImage: string;
  /** Whether pods of the handlers kata-clh and kata-clh-thp really run. */
  readonly runsPods: boolean;
  readonly helmPath: string;
}

const USAGE = "test/e2e/README.md tells all variables";

/** @throws SetupError that names the variable, what is wrong with it, and what to do */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    kubeconfigPath: kubeconfigOf(env),
    image: imageOf(env["KATA_THP_E2E_IMAGE"]),
    podImage: env["KATA_THP_E2E_POD_IMAGE"] || "registry.k8s.io/pause:3.10",
    runsPods: runsPodsOf(env["KATA_THP_E2E_RUNS_PODS"]),
    helmPath: helmOf(env),
  };
}

/** Never the user's own ~/.kube/config by accident: the suite installs and removes things. */
function kubeconfigOf({ KUBECONFIG: path }: NodeJS.ProcessEnv): string {
  if (path === undefined || path === "") {
    throw new SetupError(`KUBECONFIG is not set: name the kubeconfig of the cluster to test on; ${USAGE}`);
  }
  if (path.includes(delimiter)) {
    throw new SetupError(`KUBECONFIG is a list of files (${path}): name one; ${USAGE}`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new SetupError(`KUBECONFIG: there is no file ${path}; ${USAGE}`);
  }
  return path;
}

function imageOf(image: string | undefined): Settings["image"] {
  if (image === undefined || image === "") {
    throw new SetupError(
      "KATA_THP_E2E_IMAGE is not set: name the webhook's image as the nodes know it, such as " +
        `localhost/kata-thp-webhook:0.1.0, or run npx node test/e2e/process-cluster/run.ts, which needs none; ${USAGE}`,
    );
  }
  const [, repository, tag] = /^(.+):([\w][\w.-]{0,127})$/.exec(image) ?? [];
  if (repository === undefined || tag === undefined) {
    throw new SetupError(`KATA_THP_E2E_IMAGE: ${image} is not repository:tag; ${USAGE}`);
  }
  return { repository, tag };
}

function runsPodsOf(value: string | undefined): boolean {
  if (value === undefined || value === "" || value === "0") return false;
  if (value === "1") return true;
  throw new SetupError(`KATA_THP_E2E_RUNS_PODS must be 1, 0 or unset, not ${JSON.stringify(value)}; ${USAGE}`);
}

function helmOf(env: NodeJS.ProcessEnv): string {
  const built = findBinaries(["helm"], env).paths.get("helm");
  if (built !== undefined) return built;
  const folders = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const found = folders.map((folder) => join(folder, "helm")).find(existsSync);
  if (found !== undefined) return found;
  throw new SetupError("helm is missing: run npx node test/apiserver/control-plane/get.ts helm, or install it on PATH");
}
