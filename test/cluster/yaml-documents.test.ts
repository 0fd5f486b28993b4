// Scalars as kubectl's parser reads them (sigs.k8s.io/yaml).
import { expect, it } from "vitest";
import { parseYaml } from "../../src/cluster/yaml-documents.ts";

it.each<[string, unknown]>([
  ["e1", "e1"],
  ["E10", "E10"],
  ["+e1", "+e1"],
  ["1e3", 1000],
  ["1.5e3", 1500],
  [".5e1", 5],
  ["-1E-1", -0.1],
  ["yes", true],
  ["2026-11-23", "2026-11-23"],
])("reads %s", (text, value) => {
  expect(parseYaml(`a: ${text}\n`)).toMatchObject([{ value: { a: value } }]);
});
