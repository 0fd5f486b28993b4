import { escapePointer, type Resources } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import type { Finding, Rule } from "../rule.ts";
import { sortedKeys } from "../sorted-keys.ts";

const LISTS = ["limits", "requests"] as const;

/**
 * Reserved huge pages: emptyDirs on that medium, and hugepages-* in containers and in pod-level resources. Kata would
 * not fail, but the user has reserved pages of another kind (kata-facts §6). An amount of zero asks for none.
 */
export const hugePages: Rule = {
  name: "huge-pages",
  occasion: "any pod",
  reasons: ["HugePages"],
  check: ({ pod, volumes, containers }) => {
    const found: Finding[] = [];
    for (const { volume, path } of volumes) {
      if (volume.emptyDir?.medium?.startsWith("HugePages") !== true) continue;
      found.push({ reason: "HugePages", severity: "blocks", path: `${path}/emptyDir/medium`, detail: "emptyDir" });
    }
    addAsked(pod.spec?.resources, "/spec/resources", found);
    for (const { container, path } of containers) addAsked(container.resources, `${path}/resources`, found);
    return found;
  },
};

function addAsked(resources: Resources | null | undefined, path: string, found: Finding[]): void {
  for (const list of LISTS) {
    const quantities = resources?.[list] ?? {};
    for (const name of sortedKeys(quantities, isHugePages)) {
      if (parseQuantity(quantities[name] ?? null) === 0) continue;
      found.push({
        reason: "HugePages",
        severity: "blocks",
        path: `${path}/${list}/${escapePointer(name)}`,
        detail: list,
      });
    }
  }
}

function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}
