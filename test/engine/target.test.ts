import { describe, expect, it } from "vitest";
import { known, type Known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import { STATUS_KEY } from "../../src/engine/status.ts";
import { findTarget } from "../../src/engine/target.ts";
import { classOf, policyOf, targetOf } from "./sample-facts.ts";

const policy = policyOf(
  {},
  {
    targets: [
      targetOf({ variant: "named" }),
      targetOf({ runtimeClass: "kata-other" }),
      targetOf({ runtimeClass: "middle" }),
    ],
  },
);

function annotatedAs(name: string, variantOf: string | null): Known<RuntimeClassFacts> {
  return known(classOf(name, { variantOf }));
}

describe("findTarget", () => {
  it.each<[string, string | null | undefined, Known<RuntimeClassFacts> | null, string | null]>([
    ["no class", undefined, null, null],
    ["null", null, null, null],
    ["the empty class", "", null, null],
    ["a target", "kata-clh", annotatedAs("kata-clh", null), "target kata-clh"],
    ["a target that is not in the cluster", "kata-clh", unknown("not found"), "target kata-clh"],
    ["the second target", "kata-other", annotatedAs("kata-other", null), "target kata-other"],
    ["the policy's variant", "named", annotatedAs("named", null), "variant kata-clh"],
    ["the policy's variant, classes not synced", "named", unknown("not synced"), "variant kata-clh"],
    ["an annotated variant", "thp", annotatedAs("thp", "kata-other"), "variant kata-other"],
    ["a variant of something else", "thp", annotatedAs("thp", "runc"), null],
    ["another class", "runc", annotatedAs("runc", null), null],
    ["another class, not synced", "thp", unknown("not synced"), null],
    // Whoever says that a class stands in for another has said that it is private. Taken as a target it would be
    // patched again on the second call, and two classes that name each other would swap for ever.
    ["a target that stands in for another", "middle", annotatedAs("middle", "kata-clh"), "variant kata-clh"],
    ["a target that names itself", "middle", annotatedAs("middle", "middle"), "target middle"],
    ["a target that stands in for no target", "middle", annotatedAs("middle", "runc"), "target middle"],
  ])("%s", (_, name, podClass, expected) => {
    const aim = findTarget(policy, { spec: { runtimeClassName: name } }, podClass);
    expect(aim === null ? null : `${aim.role} ${aim.target.runtimeClass}`).toBe(expected);
  });
});

describe("findTarget: what our status says", () => {
  const shared = policyOf(
    {},
    {
      targets: [targetOf({}), targetOf({ runtimeClass: "azure", variant: "thp" }), targetOf({ runtimeClass: "third" })],
    },
  );

  it.each<[string, string, Known<RuntimeClassFacts>, object | null, string | null]>([
    ["which of two targets that share the variant", "thp", annotatedAs("thp", "kata-clh"), {}, "variant kata-clh"],
    ["which, the other", "thp", annotatedAs("thp", "kata-clh"), { from: "azure" }, "variant azure"],
    ["without one the policy's word counts first", "thp", annotatedAs("thp", "kata-clh"), null, "variant azure"],
    ["one that names neither", "thp", annotatedAs("thp", "kata-clh"), { from: "third" }, "variant azure"],
    ["the target behind a class that cannot be read", "x", unknown("stale"), { from: "third" }, "variant third"],
    ["no target of nobody's", "x", unknown("stale"), { from: "other" }, null],
    ["nothing without a status", "x", unknown("stale"), null, null],
    ["no class that is not there", "x", unknown("not found"), { from: "third" }, null],
    ["no class that is no variant", "x", annotatedAs("x", null), { from: "third" }, null],
    [
      "nothing by another selection",
      "thp",
      annotatedAs("thp", "kata-clh"),
      { selection: "config-path" },
      "variant azure",
    ],
    ["a target stays one", "third", unknown("stale"), {}, "target third"],
  ])("%s", (_, runtimeClassName, podClass, status, expected) => {
    const said = { decision: "patch", selection: "runtime-class", mode: "enforce", version: "0.0.9", from: "kata-clh" };
    const annotations = status === null ? {} : { [STATUS_KEY]: JSON.stringify({ ...said, ...status }) };
    const aim = findTarget(shared, { metadata: { annotations }, spec: { runtimeClassName } }, podClass);
    expect(aim === null ? null : `${aim.role} ${aim.target.runtimeClass}`).toBe(expected);
  });
});
