// One decision at a time; what they come to over a year is in the simulations.
import { describe, expect, it } from "vitest";
import type { Authority } from "../../src/tls/authority.ts";
import type { AgreedAuthorities, RetiredAuthority } from "../../src/tls/ca-secret.ts";
import { LIFETIMES } from "../../src/tls/lifetimes.ts";
import { agreeOnNew, type Blocked, nextStep } from "../../src/tls/rotation.ts";
import type { Step } from "../../src/tls/rotation-steps.ts";
import type { Sighting } from "../../src/tls/sightings.ts";
import type { Clock, Memory, Seen } from "../../src/tls/situation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-23T12:00:00Z");
const clock: Clock = { now: NOW, monotonicMs: 10 * HOUR };

function authority(id: string, ageMs: number): Authority {
  const notBefore = NOW - ageMs;
  return { id, pem: `${id}\n`, key: "", notBefore, notAfter: notBefore + 365 * DAY };
}
function retired(id: string, agoMs: number, isDropping = false): RetiredAuthority {
  const { key: _, ...certificate } = authority(id, 200 * DAY);
  return { ...certificate, retiredAt: NOW - agoMs, isDropping, extra: {} };
}

const young = authority("young", 10 * DAY);
const aged = authority("aged", 244 * DAY);
const stranger = authority("stranger", DAY);

/** Two entries that trust all of these. */
function trusting(...authorities: readonly Authority[]): Seen["entries"] {
  return ["enforce", "observe"].map((name) => ({ name, authorities }));
}
function seen(agreed: AgreedAuthorities | null, entries: Seen["entries"]): Seen {
  return { secret: agreed === null ? { kind: "absent" } : { kind: "agreed", agreed }, entries, serverTime: NOW };
}
function only(current: Authority, more: Partial<AgreedAuthorities> = {}): AgreedAuthorities {
  return { current, next: null, retired: [], ...more };
}
function sighted(forMs: number, isFromStart = false): Sighting {
  return { sinceMs: clock.monotonicMs - forMs, untilMs: clock.monotonicMs, isFromStart };
}
function memory(agreed: AgreedAuthorities | null, more: Partial<Memory> = {}): Memory {
  return { agreed, confirmedAt: NOW, leaf: null, sightings: null, lostSinceMs: null, ...more };
}
function leafOf(signer: Authority, ageMs: number): Memory["leaf"] {
  return { authority: signer, notBefore: NOW - ageMs - HOUR, notAfter: NOW - ageMs + 7 * DAY };
}
function step(seenNow: Seen, remembered: Memory, blocked: Blocked = new Set()): Step {
  return nextStep(seenNow, remembered, blocked, clock, LIFETIMES);
}
function outline(found: Step): string {
  if (found.kind === "leaf") return `leaf ${found.order.cause} ${found.order.authority.id}`;
  if (found.kind === "write" || found.kind === "make") return `${found.kind} ${found.cause}`;
  if (found.kind === "patch") {
    return `patch ${[...found.bundles].map(([index, list]) => `${index}:${list.map(({ id }) => id).join("+")}`).join(" ")}`;
  }
  return `wait ${found.problem ?? ""}`.trim();
}

const settled = { leaf: leafOf(young, DAY), sightings: new Map([["young", sighted(HOUR)]]) };
const inRotation = only(aged, { next: young });
const both = {
  leaf: leafOf(aged, DAY),
  sightings: new Map([
    ["aged", sighted(HOUR)],
    ["young", sighted(MINUTE)],
  ]),
};

describe("what a replica does next", () => {
  it.each<[string, Seen, Memory, string]>([
    ["nothing there: makes a CA", seen(null, trusting()), memory(null), "make create"],
    [
      "the Secret is lost and others may remember: waits",
      seen(null, trusting(aged)),
      memory(null, { lostSinceMs: clock.monotonicMs }),
      "wait the Secret does not exist",
    ],
    [
      "nobody remembered: makes a CA",
      seen(null, trusting(aged)),
      memory(null, { lostSinceMs: clock.monotonicMs - MINUTE }),
      "make create",
    ],
    [
      "the Secret is lost: writes back what it remembers",
      seen(null, trusting(young)),
      memory(only(young), settled),
      "write restore",
    ],
    [
      "the Secret is lost and so are the entries, as in an uninstallation: leaves no key behind",
      seen(null, []),
      memory(only(young), settled),
      "wait the Secret does not exist",
    ],
    [
      "the CA in the Secret expired and it remembers a better one",
      seen(only(authority("expired", 366 * DAY)), trusting(young)),
      memory(only(young), settled),
      "write restore",
    ],
    [
      "a CA that is valid next year",
      seen(only(authority("future", -300 * DAY)), trusting()),
      memory(null),
      "make create",
    ],
    [
      "a CA that is not in a caBundle",
      seen(only(young), [...trusting(young).slice(1), { name: "x", authorities: [] }]),
      memory(only(young), settled),
      "patch 1:young",
    ],
    [
      "someone else's CA in a caBundle",
      seen(only(young), trusting(young, stranger)),
      memory(only(young), settled),
      "write adopt",
    ],
    [
      "our own leaf's CA is nowhere",
      seen(only(young), trusting(young)),
      memory(only(young), { leaf: leafOf(aged, DAY) }),
      "write adopt",
    ],
    [
      "our own expired leaf's CA is nowhere",
      seen(only(young), trusting(young)),
      memory(only(young), { leaf: leafOf(aged, 8 * DAY), sightings: settled.sightings }),
      "leaf switch young",
    ],
    ["everything is well", seen(only(young), trusting(young)), memory(only(young), settled), "wait"],
    ["the CA is old", seen(only(aged), trusting(aged)), memory(only(aged), both), "make introduce"],
    [
      "the next CA is in no caBundle",
      seen(inRotation, trusting(aged)),
      memory(inRotation, both),
      "patch 0:aged+young 1:aged+young",
    ],
    [
      "the next CA is everywhere for a minute",
      seen(inRotation, trusting(aged, young)),
      memory(inRotation, both),
      "write promote",
    ],
    [
      "the next CA is everywhere for less",
      seen(inRotation, trusting(aged, young)),
      memory(inRotation, { ...both, sightings: new Map([["young", sighted(MINUTE - 1)]]) }),
      "wait",
    ],
    [
      "the next CA has expired",
      seen(only(aged, { next: authority("late", 366 * DAY) }), trusting(aged, authority("late", 366 * DAY))),
      memory(only(aged), both),
      "make introduce",
    ],
    [
      "the current CA has expired: no need to wait a minute",
      seen(only(authority("expired", 366 * DAY), { next: young }), trusting(authority("expired", 366 * DAY), young)),
      memory(null, { sightings: new Map([["young", sighted(5_000)]]) }),
      "write promote",
    ],
    [
      "promoted, and read back for a minute",
      seen(only(young, { retired: [retired("aged", MINUTE)] }), trusting(young, aged)),
      memory(null, { ...both, leaf: leafOf(aged, DAY) }),
      "leaf switch young",
    ],
    [
      "promoted, and read back for less",
      seen(only(young, { retired: [retired("aged", MINUTE)] }), trusting(young, aged)),
      memory(null, { leaf: leafOf(aged, DAY), sightings: new Map([["young", sighted(MINUTE - 1)]]) }),
      "wait",
    ],
    [
      "the leaf is two thirds through",
      seen(only(young), trusting(young)),
      memory(only(young), { ...settled, leaf: leafOf(young, 5 * DAY) }),
      "leaf renew young",
    ],
    [
      "a first leaf, the CA was there when we came",
      seen(only(young), trusting(young)),
      memory(null, { sightings: new Map([["young", sighted(0, true)]]) }),
      "leaf first young",
    ],
    [
      "a first leaf, the CA came while we looked",
      seen(only(young), trusting(young)),
      memory(null, { sightings: new Map([["young", sighted(4_999)]]) }),
      "wait the caBundles are not read back yet",
    ],
    [
      "a retired CA's last leaf has expired",
      seen(only(young, { retired: [retired("old", 31 * DAY)] }), trusting(young)),
      memory(only(young), settled),
      "write drop",
    ],
    [
      "a retired CA's last leaf may live",
      seen(only(young, { retired: [retired("old", 31 * DAY - 1)] }), trusting(young, authority("old", 200 * DAY))),
      memory(only(young), settled),
      "wait",
    ],
    [
      "a dropped CA is in a caBundle",
      seen(only(young, { retired: [retired("old", 40 * DAY, true)] }), trusting(young, authority("old", 200 * DAY))),
      memory(only(young), settled),
      "patch 0:young 1:young",
    ],
    [
      "a dropped CA is nowhere",
      seen(only(young, { retired: [retired("old", 40 * DAY, true)] }), trusting(young)),
      memory(only(young), settled),
      "write forget",
    ],
    [
      "no entry is ours",
      seen(only(young), []),
      memory(only(young), settled),
      "wait no entry of the webhook configuration calls this server by one of its names",
    ],
  ])("%s", (_name, seenNow, remembered, expected) => {
    expect(outline(step(seenNow, remembered))).toBe(expected);
  });

  it.each<[string, Seen, Memory, Blocked, string]>([
    [
      "the Secret cannot be written: caBundles are put back",
      seen(null, trusting()),
      memory(only(young), settled),
      new Set(["secret"] as const),
      "patch 0:young 1:young",
    ],
    [
      "the Secret cannot be written: the leaf is renewed",
      seen(null, trusting(young)),
      memory(only(young), { ...settled, leaf: leafOf(young, 5 * DAY) }),
      new Set(["secret"] as const),
      "leaf renew young",
    ],
    [
      "caBundles cannot be written: the leaf is renewed",
      seen(only(young), trusting()),
      memory(only(young), { ...settled, leaf: leafOf(young, 5 * DAY) }),
      new Set(["webhooks"] as const),
      "leaf renew young",
    ],
    [
      "nothing can be written",
      seen(null, trusting()),
      memory(only(young), settled),
      new Set(["secret", "webhooks"] as const),
      "wait the Secret does not exist",
    ],
  ])("%s", (_name, seenNow, remembered, blocked, expected) => {
    expect(outline(step(seenNow, remembered, blocked))).toBe(expected);
  });

  it("switches to no CA that an entry lacks just now, however long it was there", () => {
    const entries = [...trusting(young, aged).slice(1), { name: "emptied", authorities: [] }];
    const promoted = only(young, { retired: [retired("aged", MINUTE)] });
    const remembered = memory(promoted, { leaf: leafOf(aged, DAY), sightings: new Map([["young", sighted(HOUR)]]) });
    expect(outline(step(seen(promoted, entries), remembered, new Set(["webhooks"])))).toBe("wait");
  });

  it("puts the CA of its own leaf into caBundles, also where it could not adopt it", () => {
    const remembered = memory(only(young), { leaf: leafOf(aged, DAY) });
    expect(outline(step(seen(only(young), trusting()), remembered, new Set(["secret"])))).toBe(
      "patch 0:young+aged 1:young+aged",
    );
  });

  it("takes a stranger out of no caBundle, also where it could not adopt it", () => {
    const entries = [{ name: "a", authorities: [stranger] }];
    expect(outline(step(seen(only(young), entries), memory(only(young), settled), new Set(["secret"])))).toBe(
      "patch 0:young+stranger",
    );
  });

  it("adopts eight CAs at most", () => {
    const many = Array.from({ length: 12 }, (_item, index) => authority(`ca-${index}`, DAY));
    const found = step(seen(only(young), trusting(young, ...many)), memory(only(young), settled));
    expect(found.kind === "write" ? found.agreed.retired : []).toHaveLength(8);
  });
});

describe("a clock that is far from the API server's", () => {
  const at = (aheadMs: number): Clock => ({ ...clock, now: NOW + aheadMs });
  const old = seen(only(aged), trusting(aged));
  it.each([
    [2 * HOUR, "wait this machine's clock is 120 min ahead of the API server's: set it"],
    [-13 * HOUR, "wait this machine's clock is 780 min behind the API server's: set it"],
    [HOUR, "make introduce"],
    [-HOUR, "make introduce"],
    [-11 * HOUR, "make introduce"],
  ])("%d ms", (aheadMs, expected) => {
    expect(outline(nextStep(old, memory(only(aged), both), new Set(), at(aheadMs), LIFETIMES))).toBe(expected);
  });

  it("still puts caBundles back", () => {
    const found = nextStep(
      seen(only(young), trusting()),
      memory(only(young), settled),
      new Set(),
      at(5 * DAY),
      LIFETIMES,
    );
    expect(outline(found)).toBe("patch 0:young 1:young");
  });
});

it("agrees on what was made", () => {
  const created = step(seen(null, trusting(aged)), memory(null, { lostSinceMs: 0 }));
  const introduced = step(seen(only(aged), trusting(aged)), memory(only(aged), both));
  if (created.kind !== "make" || introduced.kind !== "make") throw new Error("nothing to make");
  expect(agreeOnNew(created, young)).toMatchObject({
    current: young,
    next: null,
    retired: [{ id: "aged", retiredAt: NOW }],
  });
  expect(agreeOnNew(introduced, young)).toEqual({ current: aged, next: young, retired: [] });
});
