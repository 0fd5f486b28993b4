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
  const asksFor = (name: string, quantity: string | number | null | undefined): boolean =>
    isExtended(name) && !harmless.includes(name) && parseQuantity(quantity ?? 0) !== 0;
  const inLimits = Object.keys(limits).filter((name) => asksFor(name, limits[name]));
  const inRequests = Object.keys(requests).filter(
    (name) => !Object.hasOwn(limits, name) && asksFor(name, requests[name]),
  );
  const at = (list: string, name: string): Finding =>
    found(`${path}/${list}/${escapePointer(name)}`, "extended resource");
  return [
    ...inLimits.sort().map((name) => at("limits", name)),
    ...inRequests.sort().map((name) => at("requests", name)),
  ];
}

/** k8s.io/kubernetes pkg/apis/core/v1/helper IsExtendedResourceName: a domain that is not kubernetes.io's. */
function isExtended(name: string): boolean {
  const slash = name.indexOf("/");
  if (slash === -1) return false;
  const domain = name.slice(0, slash);
  return domain !== "kubernetes.io" && !domain.endsWith(".kubernetes.io");
}

function found(path: string, detail: string): Finding {
  return { reason: "DevicePassthrough", severity: "blocks", path, detail };
}
