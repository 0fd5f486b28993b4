// Log lines and metrics of reviews, written some at a time.
import { type Log, type LoggedReview, logReview } from "./log.ts";
import type { CountedReview, Metrics } from "./metrics.ts";

/** An answered review, as both say it. */
export type BookedReview = LoggedReview & CountedReview;

export interface ReviewBook {
  /** Takes note of it; written with others, after LONGEST_WAIT_MS at the latest. */
  add(review: BookedReview): void;
  /** Writes what waits. */
  settle(): void;
}

/** So many are enough to be written: more would hold up a request that comes just then for longer than they save. */
const ENOUGH = 8;
/** From so many reviews on, a server is used. */
const USED = 32;
const LONGEST_WAIT_MS = 50;

/**
 * Right after its answer, one review's line and counts cost ten times what each costs when many are written in a row:
 * the code for them has to be fetched into the processor's caches every time (docs/adr/0009-request-path.md). A scrape
 * sees all of them: it has the book settled first. No answer waits for the book: it is written in the event loop's next
 * phase, when the answers of this one are on their way.
 *
 * @param onUsed called once, at the 32nd review: from then on what is done for each review is what counts
 */
export function createReviewBook(log: Log, metrics: Metrics, onUsed: () => void = () => {}): ReviewBook {
  let taken = 0;
  let waiting: BookedReview[] = [];
  let timer: NodeJS.Timeout | null = null;
  const settle = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const reviews = waiting;
    waiting = [];
    for (const review of reviews) {
      logReview(log, review);
      metrics.review(review);
    }
  };
  metrics.beforeRender(settle);
  return {
    add(review) {
      waiting.push(review);
      taken += 1;
      if (taken === USED) onUsed();
      if (waiting.length === ENOUGH) setImmediate(settle);
      else timer ??= setTimeout(settle, LONGEST_WAIT_MS);
    },
    settle,
  };
}
