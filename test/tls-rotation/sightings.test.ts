import { describe, expect, it } from "vitest";
import type { AuthorityCertificate } from "../../src/tls/ca-bundle.ts";
import { isInEveryEntry, type Sightings, type TrustingEntry, withReading } from "../../src/tls/sightings.ts";

const [a, b] = ["a", "b"].map((id): AuthorityCertificate => ({ id, pem: "", notBefore: 0, notAfter: 1 })) as [
  AuthorityCertificate,
  AuthorityCertificate,
];

function entries(...bundles: readonly (readonly AuthorityCertificate[])[]): readonly TrustingEntry[] {
  return bundles.map((authorities, index) => ({ name: `entry-${index}`, authorities }));
}

/** Readings a second apart. */
function read(...readings: readonly (readonly TrustingEntry[])[]): Sightings {
  let sightings: Sightings | null = null;
  for (const [second, reading] of readings.entries()) sightings = withReading(sightings, reading, second * 1_000);
  if (sightings === null) throw new Error("nothing was read");
  return sightings;
}

it("every entry must have it, and there must be one", () => {
  expect(isInEveryEntry(entries([a], [b, a]), "a")).toBe(true);
  expect(isInEveryEntry(entries([a], [b]), "a")).toBe(false);
  expect(isInEveryEntry([], "a")).toBe(false);
});

describe("since when every entry has it", () => {
  const all = entries([a, b], [b, a]);
  it.each<[string, Sightings, { sinceMs: number; untilMs: number; isFromStart: boolean } | undefined]>([
    ["from the first reading on", read(all, all, all), { sinceMs: 0, untilMs: 2_000, isFromStart: true }],
    [
      "from the reading on that has it everywhere",
      read(entries([a], [b]), entries([a], [b]), all),
      { sinceMs: 2_000, untilMs: 2_000, isFromStart: false },
    ],
    ["not while one of two lacks it", read(entries([b, a], [b])), undefined],
    [
      "anew after an entry trusted only others",
      read(all, all, entries([a, b], [b]), all),
      { sinceMs: 3_000, untilMs: 3_000, isFromStart: false },
    ],
    [
      "going on over an entry that trusted nobody",
      read(all, entries([], [a, b]), all),
      { sinceMs: 0, untilMs: 2_000, isFromStart: true },
    ],
    [
      "going on over a configuration that was gone",
      read(all, [], all),
      { sinceMs: 0, untilMs: 2_000, isFromStart: true },
    ],
    ["not beginning with an entry that trusts nobody", read(entries([], [a])), undefined],
  ])("%s", (_name, sightings, expected) => {
    expect(sightings.get("a")).toEqual(expected);
  });
});
