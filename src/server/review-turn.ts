// Reviews that have come in the same turn of the event loop are decided one right after the other, and answered so.

/** Resolves when a review that came on `connection` may be decided; null: at once. */
export type ReviewTurn = (connection: object) => Promise<void> | null;

/** So many reviews wait for no more. */
const MOST_TOGETHER = 16;

/**
 * Between two requests, TLS and HTTP push the decision's code and data out of the processor's caches; decided in a row,
 * only the first review fetches them. And answers that are written in a row wake a client that waits for them once
 * (docs/adr/0009-request-path.md). No review waits for one that is still to come: the turn ends when all that has come
 * was read.
 *
 * On the connection of the review before, nothing else may come before its answer: while one connection asks alone,
 * waiting for the turn's end gains nothing.
 */
export function createReviewTurn(mostTogether: number = MOST_TOGETHER): ReviewTurn {
  let waiting: (() => void)[] = [];
  let last: object | null = null;
  const release = (): void => {
    const ready = waiting;
    waiting = []; // empty where a full lot has gone before the turn's end
    for (const resolve of ready) resolve();
  };
  return (connection) => {
    const isAlone = connection === last && waiting.length === 0;
    last = connection;
    if (isAlone) return null;
    return new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= mostTogether) release();
      else if (waiting.length === 1) setImmediate(release);
    });
  };
}
