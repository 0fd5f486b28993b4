import type { KataEvidence } from "./evidence.ts";
import type { Finding } from "./rule.ts";

/**
 * What speaks against any Kata that may run the pod. Of findings with the same reason and path one counts: one that
 * blocks before one that degrades, else the first.
 */
export function againstAny(
  possible: readonly KataEvidence[],
  judge: (destination: KataEvidence) => Finding[],
): Finding[] {
  const [only] = possible;
  if (only !== undefined && possible.length === 1) return judge(only);
  const found = new Map<string, Finding>();
  for (const finding of possible.flatMap(judge)) {
    const key = `${finding.reason} ${finding.path}`;
    const before = found.get(key);
    if (before === undefined || (before.severity === "degrades" && finding.severity === "blocks")) {
      found.set(key, finding);
    }
  }
  return [...found.values()];
}
