import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createReviewTurn, type ReviewTurn } from "../../src/server/review-turn.ts";

/** Asks for a turn for each name; the list that comes back fills as they are let go. */
function letGo(names: readonly string[], mostTogether?: number): string[] {
  const gone: string[] = [];
  const myTurn = createReviewTurn(mostTogether);
  for (const name of names) void myTurn()?.then(() => gone.push(name));
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
  await Promise.all([myTurn(), myTurn()]);
  await Promise.all([myTurn(), myTurn()]);
  await expect(myTurn()).resolves.toBeUndefined();
});

/** One review after the other: how many go at once before one waits again. */
async function aloneBetweenWaits(myTurn: ReviewTurn, waits: number): Promise<number[]> {
  const alone: number[] = [];
  while (alone.length < waits) {
    let count = 0;
    for (let waited = myTurn(); ; waited = myTurn()) {
      if (waited === null) {
        count += 1;
        continue;
      }
      await waited;
      break;
    }
    alone.push(count);
  }
  return alone;
}

it("lets more and more of them go at once while they come alone", async () => {
  expect(await aloneBetweenWaits(createReviewTurn(), 7)).toEqual([0, 1, 3, 7, 15, 15, 15]);
});

it("lets all wait again once two have come together", async () => {
  const myTurn = createReviewTurn();
  await aloneBetweenWaits(myTurn, 3);
  for (let alone = 0; alone < 7; alone += 1) expect(myTurn()).toBeNull();
  await Promise.all([myTurn(), myTurn()]);
  expect(await aloneBetweenWaits(myTurn, 3)).toEqual([0, 1, 3]);
});
