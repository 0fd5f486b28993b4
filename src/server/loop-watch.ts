// The event loop watched by a timer of its own: one that comes late says how long a request waits before it is seen.

export interface LoopWatch {
  /** Reviews wait too long by now: one more would only make the others wait longer. */
  isLate(): boolean;
  close(): void;
}

export interface LoopLateness {
  /** To be called at every interval, as punctually as the loop can. */
  tick(): void;
  isLate(): boolean;
}

const EVERY_MS = 100;
/** With it twice, a quarter of the chart's timeout is left of 2 s for the API server's second attempt, after one. */
const LATE_MS = 500;

/**
 * Late is two ticks in a row that each came `lateMs` late. One alone is a pause that is over (a machine that was
 * suspended, one long garbage collection): what came meanwhile is answered faster than it is sent away for a second.
 *
 * @param onChange called with each change
 */
export function createLoopLateness(
  clockMs: () => number,
  onChange: (isLate: boolean) => void,
  { everyMs, lateMs }: { readonly everyMs: number; readonly lateMs: number } = { everyMs: EVERY_MS, lateMs: LATE_MS },
): LoopLateness {
  let lastMs = clockMs();
  let wasLate = false;
  let isLate = false;
  return {
    tick() {
      const nowMs = clockMs();
      const cameLate = nowMs - lastMs - everyMs >= lateMs;
      lastMs = nowMs;
      const changes = isLate !== (cameLate && wasLate);
      isLate = cameLate && wasLate;
      wasLate = cameLate;
      if (changes) onChange(isLate);
    },
    isLate: () => isLate,
  };
}

/** Watches this process's loop. Keeps it from nothing, ending included. */
export function watchLoop(onChange: (isLate: boolean) => void): LoopWatch {
  const lateness = createLoopLateness(() => performance.now(), onChange);
  const timer = setInterval(() => lateness.tick(), EVERY_MS).unref();
  return { isLate: () => lateness.isLate(), close: () => clearInterval(timer) };
}
