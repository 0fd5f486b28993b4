import { setImmediate } from "node:timers/promises";

/** Long work in pieces, so that reviews are answered in between. */
export interface TimeSlice {
  isOver(): boolean;
  /** Lets everything else that waits go first, and begins the next slice. */
  rest(): Promise<void>;
}

/** A review may wait for 20 ms at most; a slice and the parse of one page after it stay under that. */
const SLICE_MS = 5;

export function startTimeSlice(): TimeSlice {
  let endsAtMs = performance.now() + SLICE_MS;
  return {
    isOver: () => performance.now() >= endsAtMs,
    async rest() {
      await setImmediate();
      endsAtMs = performance.now() + SLICE_MS;
    },
  };
}
