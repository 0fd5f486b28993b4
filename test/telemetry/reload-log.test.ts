import { expect, it } from "vitest";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { logPolicy } from "../../src/telemetry/reload-log.ts";

function linesFor(text: string): Record<string, unknown>[] {
  const parsed = parsePolicy(`apiVersion: kata-thp.dev/v1alpha1\nkind: Policy\n${text}`, "p.yaml");
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.errors));
  const lines: Record<string, unknown>[] = [];
  const log = createLog("info", {
    write: (line) =>
      lines.push(
        JSON.parse(line, (key, value: unknown) => (key === "time" ? undefined : value)) as Record<string, unknown>,
      ),
  });
  logPolicy(log, parsed.policy, parsed.warnings);
  return lines;
}

it("says for each target what is done, and loudly what is forced", () => {
  expect(
    linesFor(
      "targets:\n  - {runtimeClass: a, selection: config-path, configPath: /x, trust: operator}\n  - {runtimeClass: b, trust: operator}\n",
    ),
  ).toEqual([
    {
      level: "info",
      runtimeClass: "a",
      selection: "config-path",
      trust: "operator",
      variant: null,
      configPath: "/x",
      msg: "policy target",
    },
    {
      level: "warn",
      runtimeClass: "a",
      selection: "config-path",
      msg: "forced: trust: operator does this selection against evidence about Kata",
    },
    {
      level: "info",
      runtimeClass: "b",
      selection: "auto",
      trust: "operator",
      variant: null,
      configPath: null,
      msg: "policy target",
    },
    {
      level: "warn",
      warning: "targets[1].trust: operator has no effect with selection: auto; name one selection to force it",
      msg: "policy warning",
    },
  ]);
});
