import { expect, it } from "vitest";
import { createPlaces, type Place, type Places } from "../../src/server/review-places.ts";

const NOBODY = (): void => {
  throw new Error("this one must not be given up");
};

interface Clocked {
  readonly places: Places;
  set(ms: number): void;
}

function clocked(most: number, mostBytes: number = 1_000): Clocked {
  let nowMs = 0;
  return {
    places: createPlaces({ most, mostBytes, clockMs: () => nowMs }),
    set(ms) {
      nowMs = ms;
    },
  };
}

function entered(place: Place | null): Place {
  if (place === null) throw new Error("there was no place");
  return place;
}

it("has as many places as it is told, and each once more after it was left", () => {
  const { places } = clocked(2);
  const first = entered(places.enter(1, NOBODY));
  entered(places.enter(1, NOBODY));
  expect(places.enter(1, NOBODY)).toBeNull();
  first.leave();
  first.leave();
  expect(places.enter(1, NOBODY)).not.toBeNull();
  expect(places.enter(1, NOBODY)).toBeNull();
});

it("has so many bytes of bodies, and one body however large it is", () => {
  const { places } = clocked(100);
  const large = entered(places.enter(5_000, NOBODY));
  expect(places.enter(1, NOBODY)).toBeNull();
  large.leave();
  entered(places.enter(999, NOBODY));
  expect(places.enter(2, NOBODY)).toBeNull();
  expect(places.enter(1, NOBODY)).not.toBeNull();
});

it("takes the place whose body is slow for longest, and no other", () => {
  const { places, set } = clocked(2);
  const given: string[] = [];
  entered(places.enter(1, () => given.push("first")));
  set(10);
  entered(places.enter(1, () => given.push("second")));
  set(999);
  expect(places.enter(1, NOBODY)).toBeNull();
  set(1_000);
  expect(places.enter(1, NOBODY)).not.toBeNull();
  expect(given).toEqual(["first"]);
  expect(places.enter(1, NOBODY)).toBeNull();
});

it("takes as many slow ones as the bytes need", () => {
  const { places, set } = clocked(10);
  const given: string[] = [];
  entered(places.enter(400, () => given.push("a")));
  entered(places.enter(400, () => given.push("b")));
  set(1_000);
  entered(places.enter(100, NOBODY));
  expect(places.enter(900, NOBODY)).not.toBeNull();
  expect(given).toEqual(["a", "b"]);
});

it("takes none whose body has come, however long the review takes", () => {
  const { places, set } = clocked(1);
  entered(places.enter(1, NOBODY)).bodyCame();
  set(60_000);
  expect(places.enter(1, NOBODY)).toBeNull();
});
