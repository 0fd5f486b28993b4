// What there is of the release, on the whole cluster.
import type { KubeApi, KubeObject } from "../apiserver/dispatch/kube-api.ts";
import { E2E_LABEL } from "./cluster.ts";
import { FULL_NAME, RELEASE, RELEASE_NAMESPACE } from "./release.ts";

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What a namespace has by itself, and what comes and goes by itself. */
const NOT_OURS: ReadonlySet<string> = new Set(["Event", "Lease", "PodMetrics"]);
const OF_EVERY_NAMESPACE: ReadonlySet<string> = new Set(["ServiceAccount default", "ConfigMap kube-root-ca.crt"]);

/**
 * Lines such as `Secret kata-thp-webhook-ca`: everything in the release's namespace, and of what has no namespace all
 * that bears the release's name or label.
 */
export async function findRemains(api: KubeApi): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of await groupVersions(api)) {
    const { resources } = (await api.send("GET", path)) as unknown as { readonly resources: readonly Resource[] };
    for (const { name, kind, namespaced, verbs } of resources) {
      if (!verbs.includes("list") || name.includes("/") || NOT_OURS.has(kind)) continue;
      const { status, body } = await api.ask(
        "GET",
        `${path}${namespaced ? `/namespaces/${RELEASE_NAMESPACE}` : ""}/${name}`,
      );
      // Some aggregated API may be down, or not listable; none of the chart's kinds is such.
      if (status !== 200) continue;
      const items = (body["items"] ?? []) as readonly KubeObject[];
      for (const item of items) {
        const line = `${kind} ${item.metadata.name}`;
        if (namespaced ? !OF_EVERY_NAMESPACE.has(line) : isOfRelease(item, kind)) found.add(line);
      }
    }
  }
  return [...found].sort();
}

async function groupVersions(api: KubeApi): Promise<readonly string[]> {
  const { groups } = (await api.send("GET", "/apis")) as unknown as {
    readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  };
  return ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
}

/** The namespace is helm's --create-namespace, which helm does not take back; RuntimeClasses are the suite's own. */
function isOfRelease({ metadata }: KubeObject, kind: string): boolean {
  if (metadata.labels?.[E2E_LABEL] !== undefined) return false;
  if (kind === "Namespace" && metadata.name === RELEASE_NAMESPACE) return false;
  return metadata.name.includes(FULL_NAME) || metadata.labels?.["app.kubernetes.io/instance"] === RELEASE;
}
