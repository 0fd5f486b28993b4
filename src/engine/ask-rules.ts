import { KATA_PREFIX } from "../kata/annotations.ts";
import type { MountedVolume } from "./mounted-volumes.ts";
import { annotationKeys } from "./user-choice.ts";
import type { Finding, Rule, RuleInput } from "./rule.ts";
import { RULES } from "./rules/index.ts";

/** Bits of a number that stay a small integer. */
const MOST_RULES = 30;
if (RULES.length > MOST_RULES) throw new RangeError(`${RULES.length} rules, and ${MOST_RULES} bits for them`);

/** Rules by their number in RULES, a bit for each. */
const ALWAYS = bitsOf(({ occasion }) => occasion === "any pod");
const FOR_ANNOTATIONS = bitsOf(({ occasion }) => occasion === "Kata annotation");
const FOR_SOURCES: ReadonlyMap<string, number> = new Map(
  [...new Set(RULES.flatMap(({ occasion }) => (typeof occasion === "object" ? [...occasion.sources] : [])))].map(
    (source) => [
      source,
      bitsOf(({ occasion }) => typeof occasion === "object" && [...occasion.sources].includes(source)),
    ],
  ),
);

/** What the rules find, in their order. Most pods have few kinds of volumes, and most rules are about one kind each. */
export function askRules(input: RuleInput): Finding[] {
  const asked =
    ALWAYS | forVolumes(input.volumes) | (annotationKeys(input.pod, KATA_PREFIX).length > 0 ? FOR_ANNOTATIONS : 0);
  const findings: Finding[] = [];
  for (let index = 0; index < RULES.length; index += 1) {
    if ((asked & (1 << index)) === 0) continue;
    for (const finding of (RULES[index] as Rule).check(input)) findings.push(finding);
  }
  return findings;
}

function forVolumes(volumes: readonly MountedVolume[]): number {
  let asked = 0;
  for (const { sources } of volumes) {
    if (sources.length === 0) asked |= FOR_SOURCES.get("emptyDir") ?? 0;
    for (const source of sources) asked |= FOR_SOURCES.get(source) ?? 0;
  }
  return asked;
}

function bitsOf(isMeant: (rule: Rule) => boolean): number {
  return RULES.reduce((bits, rule, index) => (isMeant(rule) ? bits | (1 << index) : bits), 0);
}
