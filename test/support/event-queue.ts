/** Events that a test waits for, one after the other. */
export interface EventQueue<T> {
  readonly push: (event: T) => void;
  /** The next event that was not taken yet. The test's own timeout bounds the wait. */
  next(): Promise<T>;
  /** Events that nobody has taken. */
  waiting(): readonly T[];
}

export function eventQueue<T>(): EventQueue<T> {
  const events: T[] = [];
  const takers: ((event: T) => void)[] = [];
  return {
    push: (event) => {
      const taker = takers.shift();
      if (taker === undefined) events.push(event);
      else taker(event);
    },
    next: async () =>
      await new Promise<T>((resolve) => {
        if (events.length > 0) resolve(events.shift() as T);
        else takers.push(resolve);
      }),
    waiting: () => events,
  };
}
