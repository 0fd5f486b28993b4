import fc, { type Arbitrary } from "fast-check";

/** What a tenant may choose freely; names that a careless program trips over are among it. */
export const TENANT_TEXT: Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "data",
  "toString",
  "constructor",
  "a~/b",
  "0",
  "",
  "ä",
);

/** Absent in half of the cases, and null in some. */
export function maybe<T>(value: Arbitrary<T>): Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}
