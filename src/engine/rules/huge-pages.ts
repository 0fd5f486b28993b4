import { eachContainer, escapePointer, type Resources } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * Reserved huge pages: emptyDirs on that medium, and hugepages-* in containers and in pod-level resources. Kata would
 * not fail, but the user has reserved pages of another kind (kata-facts §6). An amount of zero asks for none.
 */
export const hugePages: Rule = {
  name: "huge-pages",
  reasons: ["HugePages"],
  check: ({ pod, volumes }) => [
    ...volumes.flatMap(({ volume, path }): Finding[] =>
      volume.emptyDir?.medium?.startsWith("HugePages") === true
        ? [{ reason: "HugePages", severity: "blocks", path: `${path}/emptyDir/medium`, detail: "emptyDir" }]
        : [],
    ),
    ...asked(pod.spec?.resources, "/spec/resources"),
    ...eachContainer(pod).flatMap(({ container, path }) => asked(container.resources, `${path}/resources`)),
  ],
};

function asked(resources: Resources | null | undefined, path: string): Finding[] {
  return (["limits", "requests"] as const).flatMap((list) =>
    Object.keys(resources?.[list] ?? {})
      .filter((name) => name.startsWith("hugepages-") && parseQuantity(resources?.[list]?.[name] ?? null) !== 0)
      .sort()
      .map((name) => ({
        reason: "HugePages",
        severity: "blocks",
        path: `${path}/${list}/${escapePointer(name)}`,
        detail: list,
      })),
  );
}
