import { expect, it } from "vitest";
import { nearName } from "../../src/policy/near-name.ts";

const NAMES = ["runtimeClass", "selection", "trust", "kata", "HostPathFile", "HostPathVolume"];

it.each([
  ["selektion", "selection"],
  ["runtime-class", "runtimeClass"],
  ["runtime_class", "runtimeClass"],
  ["RUNTIMECLASS", "runtimeClass"],
  ["trsut", "trust"],
  ["HostPathFiles", "HostPathFile"],
  ["kat", "kata"],
  ["kit", null],
  ["colour", null],
  ["", null],
  ["x".repeat(100_000), null],
])("%.20s is probably %s", (name, near) => {
  expect(nearName(name, NAMES)).toBe(near);
});
