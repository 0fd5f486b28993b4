// Answers that are ready in the same turn of the event loop are written one right after the other.

/** Resolves when an answer may be written. */
export type AnswerTurn = () => Promise<void>;

/** So many answers wait for no more. */
const MOST_TOGETHER = 16;

/**
 * A write wakes whoever waits for it, and to wake an idle core costs more than the write does: several in a row wake it
 * once (docs/adr/0009-request-path.md). No answer waits for a request that is still to come: the turn ends when all that
 * has come was read.
 */
export function createAnswerTurn(mostTogether: number = MOST_TOGETHER): AnswerTurn {
  let waiting: (() => void)[] = [];
  const release = (): void => {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  };
  return async () =>
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= mostTogether) release();
      else if (waiting.length === 1) setImmediate(release);
    });
}
