import { KATA_PREFIX } from "../kata/annotations.ts";
import type { MountedVolume } from "./mounted-volumes.ts";
import { annotationKeys } from "./user-choice.ts";
import type { Finding, Rule, RuleInput } from "./rule.ts";
import { RULES } from "./rules/index.ts";

/** Bits of what the bitwise operators work on. */
const MOST_RULES = 32;
if (RULES.length > MOST_RULES) throw new RangeError(`${RULES.length} rules, and ${MOST_RULES} bits for them`);

/** Rules by their number in RULES, a bit for each. */
let always = 0;
let forAnnotations = 0;
const forSources = new Map<string, number>();
for (const [index, { occasion }] of RULES.entries()) {
  const bit = 1 << index;
  if (occasion === "any pod") always |= bit;
  else if (occasion === "Kata annotation") forAnnotations |= bit;
  else for (const source of occasion.sources) forSources.set(source, (forSources.get(source) ?? 0) | bit);
}

/** What the rules find, in their order. Most pods have few kinds of volumes, and most rules are about one kind each. */
export function askRules(input: RuleInput): Finding[] {
  let asked = always | forVolumes(input.volumes);
  if (annotationKeys(input.pod, KATA_PREFIX).length > 0) asked |= forAnnotations;
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
    if (sources.length === 0) asked |= forSources.get("emptyDir") ?? 0;
    for (const source of sources) asked |= forSources.get(source) ?? 0;
  }
  return asked;
}
