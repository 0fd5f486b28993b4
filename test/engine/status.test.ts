import { describe, expect, it } from "vitest";
import { MODES } from "../../src/engine/facts.ts";
import { SELECTIONS } from "../../src/engine/policy.ts";
import { parseStatus, renderStatus, type Status } from "../../src/engine/status.ts";

const STATUS: Status = {
  decision: "patch",
  selection: "runtime-class",
  mode: "enforce",
  version: "0.1.0",
  from: "kata-clh",
};
const TEXT = renderStatus(STATUS);

function changed(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...STATUS, ...fields });
}

describe("renderStatus", () => {
  it("is one compact JSON, its keys always in one order", () => {
    const { from, version, mode, selection, decision } = STATUS;
    const backwards: Status = { from, version, mode, selection, decision };
    expect(renderStatus(backwards)).toBe(
      '{"decision":"patch","selection":"runtime-class","mode":"enforce","version":"0.1.0","from":"kata-clh"}',
    );
    expect(renderStatus({ ...STATUS, forced: true })).toBe(
      '{"decision":"patch","selection":"runtime-class","mode":"enforce","version":"0.1.0","from":"kata-clh","forced":true}',
    );
  });
});

describe("parseStatus", () => {
  it.each(
    SELECTIONS.flatMap((selection) =>
      MODES.flatMap((mode): Status[] => [
        { ...STATUS, selection, mode },
        { ...STATUS, selection, mode, forced: true, version: "9.9.9-rc1+build" },
        { ...STATUS, selection, mode, ownHugepages: true },
        { ...STATUS, selection, mode, configPath: "/etc/kata/private.toml" },
        { ...STATUS, selection, mode, added: ["tolerations"] },
        { ...STATUS, selection, mode, forced: true, added: ["nodeSelector", "tolerations"] },
      ]),
    ),
  )("reads what was rendered: %j", (status) => {
    expect(parseStatus(renderStatus(status))).toEqual(status);
  });

  it.each([
    ["nothing", null],
    ["the empty string", ""],
    ["no JSON", "patched"],
    ["half a JSON", TEXT.slice(0, -1)],
    ["something behind it", `${TEXT}x`],
    ["null", "null"],
    ["a string", JSON.stringify(TEXT)],
    ["a list", `[${TEXT}]`],
    ["an empty object", "{}"],
    ["another decision", changed({ decision: "skip" })],
    ["no decision", changed({ decision: undefined })],
    ["another selection", changed({ selection: "auto" })],
    ["a selection that objects inherit", changed({ selection: "constructor" })],
    ["a list of selections", changed({ selection: ["runtime-class"] })],
    ["another mode", changed({ mode: "disabled" })],
    ["no version", changed({ version: undefined })],
    ["a number for version", changed({ version: 1 })],
    ["no class", changed({ from: undefined })],
    ["the empty class", changed({ from: "" })],
    ["an object for class", changed({ from: { name: "kata-clh" } })],
    ["forced: false", changed({ forced: false })],
    ["forced: a string", changed({ forced: "true" })],
    ["forced: null", changed({ forced: null })],
    ["ownHugepages: false", changed({ ownHugepages: false })],
    ["ownHugepages: a string", changed({ ownHugepages: "false" })],
    ["configPath: null", changed({ configPath: null })],
    ["configPath: a list", changed({ configPath: ["/etc/kata/private.toml"] })],
    ["added: nothing", changed({ added: [] })],
    ["added: null", changed({ added: null })],
    ["added: a string", changed({ added: "nodeSelector" })],
    ["added: another field", changed({ added: ["nodeSelector", "nodeName"] })],
    ["added: the same twice", changed({ added: ["nodeSelector", "nodeSelector"] })],
    ["fields behind __proto__", `{"__proto__":${TEXT}}`],
    ["more than ours can be long", changed({ version: "1".repeat(1024) })],
    ["deep nesting", `{"decision":${"[".repeat(500)}${"]".repeat(500)}}`],
  ])("is null for %s", (_, text) => {
    expect(parseStatus(text)).toBeNull();
  });

  it("keeps only the fields that it knows", () => {
    expect(parseStatus(changed({ later: "field", "kata-thp": 1 }))).toEqual(STATUS);
  });

  it("reads a status with the longest class name that Kubernetes allows", () => {
    const status: Status = { ...STATUS, from: "k".repeat(253) };
    expect(parseStatus(renderStatus(status))).toEqual(status);
  });
});
