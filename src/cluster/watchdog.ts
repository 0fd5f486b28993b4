/** Ends what does not go on in time. */
export interface Watchdog {
  /** Aborts with a sentence, or with the parent's reason. */
  readonly signal: AbortSignal;
  /** From now on `ms` are left; `what` is the sentence for when they have passed. */
  allow(ms: number, what: string): void;
  /** Takes the timer away; to be called when all is over. */
  stop(): void;
}

export function createWatchdog(parent: AbortSignal): Watchdog {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    allow(ms, what) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(what)), ms);
    },
    stop() {
      clearTimeout(timer);
      parent.removeEventListener("abort", follow);
    },
  };
}
