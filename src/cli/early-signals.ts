// Signals while `serve` starts: before there is anything to drain, and so before src/server/run.ts has subscribed.
import type { EventEmitter } from "node:events";

export interface SignalSource {
  /** Where signals come from: `process`. */
  readonly events: EventEmitter;
  /** Ends the process at once: `process.exit`. */
  readonly exit: (code: number) => void;
}

/**
 * Runs a command, and ends the process at once, with 0, on SIGTERM or SIGINT until the command calls `handOver`, or ends.
 *
 * Without it a signal in the first half second is lost where the process is PID 1, as in the image: for that one the kernel
 * drops every signal that has no handler, and the pod would be served by, and waited for, until it is killed.
 *
 * @param run calls `handOver` once it has handlers of its own, not before: between the two there would be none
 */
export async function endOnSignals<T>(
  { events, exit }: SignalSource,
  run: (handOver: () => void) => Promise<T>,
): Promise<T> {
  // Nothing is served yet, so that there is nothing to say and nobody to wait for.
  const end = (): void => exit(0);
  const signals = ["SIGTERM", "SIGINT"] as const;
  for (const signal of signals) events.on(signal, end);
  const handOver = (): void => {
    for (const signal of signals) events.off(signal, end);
  };
  try {
    return await run(handOver);
  } finally {
    handOver();
  }
}
