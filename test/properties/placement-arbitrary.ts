// Where a pod may go, and the overhead that its class gives it.
import fc, { type Arbitrary } from "fast-check";
import { maybe } from "./tenant-text.ts";

const REQUIREMENT = fc.record({
  key: fc.constantFrom("zone", "kata", "metadata.name"),
  operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "Gt"),
  values: fc.constantFrom(["a"], ["n1"], [], null),
});

const AFFINITY = fc
  .array(
    fc.record(
      {
        matchExpressions: fc.array(REQUIREMENT, { maxLength: 2 }),
        matchFields: fc.array(REQUIREMENT, { maxLength: 1 }),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  )
  .map((nodeSelectorTerms) => ({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  }));

export function placement(text: Arbitrary<string>, isPlain: boolean): Arbitrary<object> {
  if (isPlain)
    return fc.record({
      nodeSelector: maybe(fc.constantFrom({}, { kata: "true" }, { own: "1" })),
      tolerations: maybe(
        fc.constantFrom([], [{ key: "own", operator: "Exists" }], [{ key: "kata", operator: "Equal", value: "a" }]),
      ),
    });
  return fc.record(
    {
      nodeSelector: maybe(
        fc.dictionary(fc.oneof(text, fc.constantFrom("kata", "zone")), fc.constantFrom("true", "a", "thp"), {
          maxKeys: 2,
          noNullPrototype: true,
        }),
      ),
      tolerations: maybe(
        fc.array(
          fc.record(
            { key: fc.constantFrom("kata", "k"), operator: fc.constantFrom("Exists", "Equal", null) },
            { requiredKeys: [] },
          ),
          { maxLength: 2 },
        ),
      ),
      nodeName: maybe(fc.constantFrom("", "n1", "gone")),
      affinity: maybe(AFFINITY),
    },
    { requiredKeys: [] },
  );
}

export function overheads(isPlain: boolean): Arbitrary<unknown> {
  const usual = fc.constantFrom(undefined, { cpu: "250m", memory: "130Mi" });
  return isPlain
    ? usual
    : fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(null, {}, { cpu: "1" }) });
}
