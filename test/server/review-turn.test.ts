import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createReviewTurn } from "../../src/server/review-turn.ts";

/** Asks for a turn for each name, each on a connection of its own; the list that comes back fills as they are let go. */
function letGo(names: readonly string[], mostTogether?: number): string[] {
  const gone: string[] = [];
  const myTurn = createReviewTurn(mostTogether);
  for (const name of names) void myTurn({ name })?.then(() => gone.push(name));
  return gone;
}

it("lets all that are ready in one turn go together, in their order", async () => {
  const gone = letGo(["a", "b", "c"]);
  await Promise.resolve();
  expect(gone).toEqual([]);
  await turn();
  expect(gone).toEqual(["a", "b", "c"]);
});

it("lets a full lot go without waiting for the turn's end", async () => {
  const gone = letGo(["a", "b", "c"], 2);
  await Promise.resolve();
  await Promise.resolve();
  expect(gone).toEqual(["a", "b"]);
  await turn();
  expect(gone).toEqual(["a", "b", "c"]);
});

it("serves the next turn like the first", async () => {
  const [one, other] = [{}, {}];
  const myTurn = createReviewTurn(2);
  await Promise.all([myTurn(one), myTurn(other)]);
  await Promise.all([myTurn(one), myTurn(other)]);
  await expect(myTurn(one)).resolves.toBeUndefined();
});

it("has a connection that asks alone wait for its first review and no other", async () => {
  const [one, other] = [{}, {}];
  const myTurn = createReviewTurn();
  await expect(myTurn(one)).resolves.toBeUndefined();
  expect([myTurn(one), myTurn(one)]).toEqual([null, null]);
  await expect(myTurn(other)).resolves.toBeUndefined();
  expect(myTurn(other)).toBeNull();
  await expect(myTurn(one)).resolves.toBeUndefined();
});

it("lets none go before those that wait, on whatever connection it comes", async () => {
  const connection = {};
  const gone: string[] = [];
  const myTurn = createReviewTurn();
  for (const name of ["a", "b"]) void myTurn(connection)?.then(() => gone.push(name));
  await turn();
  expect(gone).toEqual(["a", "b"]);
});
