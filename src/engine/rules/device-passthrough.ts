import { isExtendedResource } from "../extended-resource.ts";
import { escapePointer, type Resources } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import type { Finding, Rule } from "../rule.ts";
import { sortedKeys } from "../sorted-keys.ts";

/**
 * Extended resources and DRA claims: VFIO pins all guest memory (kata-facts §6), and a device plugin or DRA driver may
 * add host mounts that admission cannot see. The policy's harmlessResources names those that do neither.
 */
export const devicePassthrough: Rule = {
  name: "device-passthrough",
  occasion: "any pod",
  reasons: ["DevicePassthrough"],
  check: ({ pod, containers, policy: { harmlessResources } }) => {
    const all: Finding[] = [];
    const claims = pod.spec?.resourceClaims ?? [];
    for (let index = 0; index < claims.length; index += 1) {
      all.push(found(`/spec/resourceClaims/${index}`, "resource claim"));
    }
    addDevices(pod.spec?.resources, "/spec/resources", harmlessResources, all);
    for (const { container, path } of containers) {
      addDevices(container.resources, `${path}/resources`, harmlessResources, all);
    }
    return all;
  },
};

/** Those in limits first; a request for the same says nothing more. */
function addDevices(
  resources: Resources | null | undefined,
  path: string,
  harmless: readonly string[],
  all: Finding[],
): void {
  const limits = resources?.limits ?? {};
  const requests = resources?.requests ?? {};
  for (const name of sortedKeys(limits, isExtendedResource)) {
    if (!asksFor(name, limits, harmless)) continue;
    all.push(found(`${path}/limits/${escapePointer(name)}`, "extended resource"));
  }
  for (const name of sortedKeys(requests, isExtendedResource)) {
    if (Object.hasOwn(limits, name) || !asksFor(name, requests, harmless)) continue;
    all.push(found(`${path}/requests/${escapePointer(name)}`, "extended resource"));
  }
}

function asksFor(name: string, quantities: Quantities, harmless: readonly string[]): boolean {
  return !harmless.includes(name) && parseQuantity(quantities[name] ?? 0) !== 0;
}

type Quantities = NonNullable<Resources["limits"]>;

function found(path: string, detail: string): Finding {
  return { reason: "DevicePassthrough", severity: "blocks", path, detail };
}
