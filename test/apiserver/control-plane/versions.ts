// What is built: the only place that pins versions. All are releases that the Go module proxy has.
import { SetupError } from "./setup-error.ts";

/** The two ends of what the suite is run against; KUBE_VERSION chooses. */
export const KUBE_VERSIONS: { readonly oldest: string; readonly newest: string } = {
  oldest: "v1.34.4",
  newest: "v1.37.2",
};

export const ETCD_VERSION = "v3.7.3";
export const KWOK_VERSION = "v0.8.0";
export const CERT_MANAGER_VERSION = "v1.21.2";
export const HELM_VERSION = "v4.3.1";
export const CONTAINERD_VERSION = "v2.3.7";
export const RUNC_VERSION = "v1.5.2";
export const CNI_PLUGINS_VERSION = "v1.9.1";

/** What the pinned modules ask for in their go.mod; GOTOOLCHAIN=local never fetches another Go. */
export const GO_VERSION = "1.26";

/**
 * @param wanted KUBE_VERSION: `1.37.2`, `v1.37.2`, `oldest` or `newest`; absent or empty is the newest
 * @returns a module version such as `v1.37.2`
 */
export function parseKubeVersion(wanted: string | undefined): string {
  if (wanted === undefined || wanted === "" || wanted === "newest") return KUBE_VERSIONS.newest;
  if (wanted === "oldest") return KUBE_VERSIONS.oldest;
  const release = /^v?(1\.\d+\.\d+)$/.exec(wanted)?.[1];
  if (release === undefined) {
    throw new SetupError(
      `KUBE_VERSION: "${wanted}" is not a Kubernetes release; ` +
        `write it as ${KUBE_VERSIONS.newest.slice(1)}, or oldest (${KUBE_VERSIONS.oldest}), or newest (${KUBE_VERSIONS.newest})`,
    );
  }
  return `v${release}`;
}
