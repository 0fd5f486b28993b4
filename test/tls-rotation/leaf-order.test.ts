import { describe, expect, it } from "vitest";
import { nextLeaf, type LeafQuestion } from "../../src/tls/leaf-order.ts";
import { LIFETIMES } from "../../src/tls/lifetimes.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-23T12:00:00Z");
const current = { id: "ca", pem: "", key: "", notBefore: NOW - 10 * DAY, notAfter: NOW + 355 * DAY };
const other = { ...current, id: "other" };
const sighting = { sinceMs: 0, untilMs: 60_000, isFromStart: false };

function ask(more: Partial<LeafQuestion>): ReturnType<typeof nextLeaf> {
  const question = {
    current,
    leaf: null,
    sighting,
    isOldTrusted: true,
    confirmedAt: NOW,
    now: NOW,
    lifetimes: LIFETIMES,
  };
  return nextLeaf({ ...question, ...more });
}
function leaf(ageMs: number, authority = current): NonNullable<LeafQuestion["leaf"]> {
  return { authority, notBefore: NOW - ageMs - HOUR, notAfter: NOW - ageMs + 7 * DAY };
}

describe("a leaf's life", () => {
  it("is seven days, and begins an hour back", () => {
    expect(ask({})).toMatchObject({ notBefore: NOW - HOUR, notAfter: NOW + 7 * DAY });
  });
  it("ends with its CA's", () => {
    const ending = { ...current, notAfter: NOW + 3 * DAY };
    expect(ask({ current: ending })?.notAfter).toBe(NOW + 3 * DAY);
    expect(ask({ current: { ...current, notAfter: NOW } })).toBeNull();
  });
  it("ends 30 days after its CA was read as the current one", () => {
    expect(ask({ confirmedAt: NOW - 28 * DAY })?.notAfter).toBe(NOW + 2 * DAY);
    expect(ask({ confirmedAt: NOW - 30 * DAY })).toBeNull();
  });
});

describe("a leaf of the same CA", () => {
  it.each([
    ["is young", { leaf: leaf(4 * DAY) }, null],
    ["is two thirds through", { leaf: leaf(4.7 * DAY) }, "renew"],
    ["is two thirds through, and nothing can be read", { leaf: leaf(4.7 * DAY), sighting: null }, "renew"],
    ["would not live longer", { leaf: leaf(4.7 * DAY), confirmedAt: NOW - 27.7 * DAY }, null],
    ["has expired", { leaf: leaf(8 * DAY) }, "renew"],
    ["is from the future, as after a clock was set back", { leaf: leaf(-2 * HOUR) }, "renew"],
  ])("%s", (_name, more, cause) => {
    expect(ask(more)?.cause ?? null).toBe(cause);
  });
});

describe("a leaf of another CA", () => {
  const read = (ms: number): LeafQuestion["sighting"] => ({ ...sighting, untilMs: ms });
  it.each([
    ["waits a minute", { leaf: leaf(DAY, other), sighting: read(59_999) }, null],
    ["goes after a minute", { leaf: leaf(DAY, other), sighting: read(60_000) }, "switch"],
    ["stays while an entry lacks the new CA", { leaf: leaf(6.9 * DAY, other), sighting: null }, null],
    ["goes sooner where it has expired", { leaf: leaf(8 * DAY, other), sighting: read(5_000) }, "switch"],
    ["goes sooner where it is about to", { leaf: leaf(6.5 * DAY, other), sighting: read(5_000) }, "switch"],
    [
      "goes sooner where an entry does not trust it",
      { leaf: leaf(DAY, other), sighting: read(5_000), isOldTrusted: false },
      "switch",
    ],
    ["but not at once", { leaf: leaf(8 * DAY, other), sighting: read(4_999) }, null],
  ])("%s", (_name, more, cause) => {
    expect(ask(more)?.cause ?? null).toBe(cause);
  });
});
