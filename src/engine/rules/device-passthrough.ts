import { eachContainer, escapePointer, type Resources } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * Extended resources and DRA claims: VFIO pins all guest memory (kata-facts §6), and a device plugin or DRA driver may
 * add host mounts that admission cannot see. The policy's harmlessResources names those that do neither.
 */
export const devicePassthrough: Rule = {
  name: "device-passthrough",
  reasons: ["DevicePassthrough"],
  check: ({ pod, policy }) => [
    ...(pod.spec?.resourceClaims ?? []).map((_, index) => found(`/spec/resourceClaims/${index}`, "resource claim")),
    ...devices(pod.spec?.resources, "/spec/resources", policy.harmlessResources),
    ...eachContainer(pod).flatMap(({ container, path }) =>
      devices(container.resources, `${path}/resources`, policy.harmlessResources),
    ),
  ],
};

function devices(resources: Resources | null | undefined, path: string, harmless: readonly string[]): Finding[] {
  const limits = resources?.limits ?? {};
  const requests = resources?.requests ?? {};
  return [
    ...Object.keys(limits)
      .sort()
      .map((name) => ({ name, quantity: limits[name], list: "limits" })),
    ...Object.keys(requests)
      .filter((name) => !Object.hasOwn(limits, name))
      .sort()
      .map((name) => ({ name, quantity: requests[name], list: "requests" })),
  ]
    .filter(({ name, quantity }) => isExtended(name) && !harmless.includes(name) && parseQuantity(quantity ?? 0) !== 0)
    .map(({ name, list }) => found(`${path}/${list}/${escapePointer(name)}`, "extended resource"));
}

/** k8s.io/kubernetes pkg/apis/core/v1/helper IsExtendedResourceName: a domain that is not kubernetes.io's. */
function isExtended(name: string): boolean {
  const domain = name.split("/")[0] ?? "";
  return name.includes("/") && domain !== "kubernetes.io" && !domain.endsWith(".kubernetes.io");
}

function found(path: string, detail: string): Finding {
  return { reason: "DevicePassthrough", severity: "blocks", path, detail };
}
