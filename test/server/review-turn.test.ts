import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createReviewTurn } from "../../src/server/review-turn.ts";

/** Asks for a turn for each name; the list that comes back fills as they are let go. */
function letGo(names: readonly string[], mostTogether?: number): string[] {
  const gone: string[] = [];
  const myTurn = createReviewTurn(mostTogether);
  for (const name of names) void myTurn().then(() => gone.push(name));
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
  const myTurn = createReviewTurn(2);
  await myTurn();
  await Promise.all([myTurn(), myTurn()]);
  await expect(myTurn()).resolves.toBeUndefined();
});
