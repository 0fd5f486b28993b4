import { expect, it, onTestFinished, vi } from "vitest";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { type BookedReview, createReviewBook, type ReviewBook } from "../../src/telemetry/review-book.ts";

const REVIEW: BookedReview = {
  atMs: 0,
  uid: "u",
  namespace: "team",
  mode: "enforce",
  dryRun: false,
  runtimeClass: "kata-clh",
  decision: { kind: "skip", findings: [], putBack: null },
  status: 200,
  durationMs: 1,
};

/** A book with a clock that stands still, what it wrote, and a scrape's count of decisions. */
function open(): { book: ReviewBook; lines: readonly string[]; count: () => Promise<number> } {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] });
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const metrics = createMetrics("1.2.3");
  const count = async (): Promise<number> =>
    Number(/^kata_thp_decisions_total\{.*\} (\d+)$/m.exec((await metrics.render()).text)?.[1] ?? 0);
  return { book: createReviewBook(createLog("info", { write: (line) => lines.push(line) }), metrics), lines, count };
}

function add(book: ReviewBook, reviews: number): void {
  for (let index = 0; index < reviews; index += 1) book.add({ ...REVIEW, uid: `u${index}` });
}

it("writes what waits for 50 ms, each once and in order", () => {
  const { book, lines } = open();
  add(book, 3);
  vi.advanceTimersByTime(49);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(lines.map((line) => (JSON.parse(line) as { uid: string }).uid)).toEqual(["u0", "u1", "u2"]);
  vi.advanceTimersByTime(1_000);
  expect(lines).toHaveLength(3);
});

it("writes 8 that wait as soon as the answers of this turn are out, and not before", () => {
  const { book, lines } = open();
  add(book, 7);
  vi.advanceTimersByTime(0);
  expect(lines).toEqual([]);
  add(book, 2);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(lines).toHaveLength(9);
});

it("says once that it is used", () => {
  const onUsed = vi.fn<() => void>();
  const book = createReviewBook(createLog("info", { write: () => {} }), createMetrics("1.2.3"), onUsed);
  add(book, 31);
  expect(onUsed).not.toHaveBeenCalled();
  add(book, 200);
  book.settle();
  expect(onUsed).toHaveBeenCalledOnce();
});

it("shows a scrape every review", async () => {
  const { book, lines, count } = open();
  add(book, 5);
  expect(await count()).toBe(5);
  expect(lines).toHaveLength(5);
  vi.runAllTimers();
  expect(lines).toHaveLength(5);
});

it("writes what waits when it is told to", async () => {
  const { book, lines, count } = open();
  add(book, 2);
  book.settle();
  book.settle();
  expect(lines).toHaveLength(2);
  expect(await count()).toBe(2);
});
