import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { formatPolicyError } from "../../src/policy/policy-error.ts";

/** Lines 1 and 2 of every policy. */
export const HEAD = "apiVersion: kata-thp.dev/v1alpha1\nkind: Policy\n";

/** What is wrong with a file p.yaml of this text, one line each. */
export function errorsOf(text: string): string[] {
  const parsed = parsePolicy(text, "p.yaml");
  return parsed.kind === "invalid" ? parsed.errors.map(formatPolicyError) : ["valid"];
}

/** One target with these lines under it, the first at line 4. */
export function target(...lines: string[]): string {
  return `${HEAD}targets:\n  - runtimeClass: kata-clh\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** Targets in flow style, the first at line 4. */
export function targets(...each: string[]): string {
  return `${HEAD}targets:\n${each.map((one) => `  - {${one}}\n`).join("")}`;
}
