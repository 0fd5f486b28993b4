import { describe, expect, it } from "vitest";
import { type FieldPath, parseFieldPath, renderFieldPath } from "../../src/engine/object-path.ts";

describe("field paths", () => {
  it.each<[FieldPath, string]>([
    [[], ""],
    [["spec"], "spec"],
    [["spec", "volumes", 0, "name"], "spec.volumes[0].name"],
    [["metadata", "labels", "a.b/c"], 'metadata.labels["a.b/c"]'],
    [["x", 'a"]\\'], 'x["a\\"]\\\\"]'],
    [["items", 2, "spec", "init-containers"], "items[2].spec.init-containers"],
  ])("%j is %s, and back", (path, text) => {
    expect(renderFieldPath(path)).toBe(text);
    expect(parseFieldPath(text)).toEqual(path);
  });

  it("ends at what it cannot read", () => {
    expect(parseFieldPath("spec.volumes[x].name")).toEqual(["spec", "volumes"]);
  });
});
