// Reviews that have come in the same turn of the event loop are decided one right after the other, and answered so.

/** Resolves when a review may be decided; null: at once. */
export type ReviewTurn = () => Promise<void> | null;

/** So many reviews wait for no more. */
const MOST_TOGETHER = 16;
/** So many are decided at once before one waits again, to see whether they still come alone. */
const MOST_ALONE = 15;

/**
 * Between two requests, TLS and HTTP push the decision's code and data out of the processor's caches; decided in a row,
 * only the first review fetches them. And answers that are written in a row wake a client that waits for them once
 * (docs/adr/0009-request-path.md). No review waits for one that is still to come: the turn ends when all that has come
 * was read.
 *
 * Where a turn has brought just one, waiting for its end gains nothing: the next ones do not, twice as many each time.
 */
export function createReviewTurn(mostTogether: number = MOST_TOGETHER): ReviewTurn {
  let waiting: (() => void)[] = [];
  let aloneInARow = 0;
  let aloneLeft = 0;
  const release = (): void => {
    const ready = waiting;
    waiting = [];
    if (ready.length === 0) return; // a full lot has gone before the turn's end
    aloneInARow = ready.length === 1 ? Math.min(2 * aloneInARow + 1, MOST_ALONE) : 0;
    aloneLeft = aloneInARow;
    for (const resolve of ready) resolve();
  };
  return () => {
    if (aloneLeft > 0 && waiting.length === 0) {
      aloneLeft -= 1;
      return null;
    }
    return new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= mostTogether) release();
      else if (waiting.length === 1) setImmediate(release);
    });
  };
}
