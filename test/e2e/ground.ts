// What the suite needs on the cluster besides the chart, and what must not be there before it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { SetupError } from "../apiserver/control-plane/setup-error.ts";
import type { KubeApi, KubeObject } from "../apiserver/dispatch/kube-api.ts";
import { ROOT } from "../chart/helm.ts";
import { E2E_LABEL } from "./cluster.ts";
import { FULL_NAME, RELEASE, RELEASE_NAMESPACE } from "./release.ts";
import type { Settings } from "./settings.ts";

export const TARGET = "kata-clh";
export const VARIANT = "kata-clh-thp";
/** Of the same handler as kata-clh; a policy of the suite's names another selection for each. */
export const CONFIG_PATH_CLASS = "kata-clh-e2e-config-path";
export const ANNOTATIONS_CLASS = "kata-clh-e2e-annotations";

const RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";
const CONFIGURATION = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${FULL_NAME}`;
const REMOVAL =
  `what a broken-off run left goes by: helm uninstall ${RELEASE} --namespace ${RELEASE_NAMESPACE}; ` +
  `kubectl delete namespace ${RELEASE_NAMESPACE}; kubectl delete namespaces,runtimeclasses --selector ${E2E_LABEL}`;

/** @throws SetupError where the API server cannot be asked, or something is there already that the suite would make */
export async function requireUntouched(api: KubeApi, { kubeconfigPath }: Settings): Promise<void> {
  const paths = [
    `/api/v1/namespaces/${RELEASE_NAMESPACE}`,
    CONFIGURATION,
    ...runtimeClasses().map(({ metadata }) => `${RUNTIME_CLASSES}/${metadata.name}`),
  ];
  const there: string[] = [];
  for (const path of paths) {
    const { status, body } = await api.ask("GET", path).catch((error: unknown) => {
      throw new SetupError(`KUBECONFIG (${kubeconfigPath}): its API server does not answer: ${String(error)}`);
    });
    if (status === 200) there.push(path);
    else if (status !== 404) {
      throw new SetupError(
        `KUBECONFIG (${kubeconfigPath}): GET ${path}: ${status} ${String(body["message"])}; it must be an administrator's`,
      );
    }
  }
  if (there.length === 0) return;
  throw new SetupError(`the cluster has already what the suite would make: ${there.join(", ")}; ${REMOVAL}`);
}

export async function addRuntimeClasses(api: KubeApi): Promise<void> {
  for (const object of runtimeClasses()) await api.send("POST", RUNTIME_CLASSES, object);
}

export async function removeRuntimeClasses(api: KubeApi): Promise<void> {
  for (const { metadata } of runtimeClasses()) await api.ask("DELETE", `${RUNTIME_CLASSES}/${metadata.name}`);
}

/** The two of deploy/kind, and two more of the first one's shape. */
function runtimeClasses(): readonly KubeObject[] {
  const text = readFileSync(join(ROOT, "deploy/kind/runtime-classes.yaml"), "utf8");
  const pair = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  const target = pair.find(({ metadata }) => metadata.name === TARGET) as KubeObject;
  const more = [CONFIG_PATH_CLASS, ANNOTATIONS_CLASS].map((name) => ({ ...target, metadata: { name } }));
  return [...pair, ...more].map((object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { [E2E_LABEL]: "" } },
  }));
}
