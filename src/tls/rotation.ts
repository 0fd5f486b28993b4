// What one replica does next, from what it has just read and what it remembers. Pure: no I/O, no clock, no keys made.
//
// Replicas agree by the Secret alone, and none of them is special. Every step follows from the Secret and the caBundles
// as they are now, so it does not matter who did the step before, or whether that one still lives:
//
//   introduce  the current CA is old: a next one is written to the Secret
//   patch      every CA of the Secret goes into every caBundle
//   promote    the next CA was read in every caBundle for a minute: it becomes the current one, the old one retires
//   leaf       each replica for itself: the current CA was read in every caBundle for a minute, so sign with it
//   drop       the last leaf of a retired CA has expired: the Secret says that it goes
//   patch      it goes out of every caBundle
//   forget     no caBundle has it any more: it goes out of the Secret
//
// Nothing is ever taken out of a caBundle but by drop. A CA in a caBundle that the Secret does not know (the Secret was
// lost, or replaced by an older one or a person's own) is adopted as retired: some replica may still serve a leaf of it.
import type { Authority } from "./authority.ts";
import type { AgreedAuthorities } from "./ca-secret.ts";
import type { Lifetimes } from "./lifetimes.ts";
import {
  adoptStep,
  dropStep,
  forgetStep,
  introduceStep,
  leafStep,
  patchStep,
  promoteStep,
  recoverStep,
  renewStep,
  type Step,
} from "./rotation-steps.ts";
import { type Clock, findClockProblem, findLoss, type Memory, type Seen, type Situation } from "./situation.ts";
import type { TrustingEntry } from "./sightings.ts";

/** What this pass has tried in vain: the rest goes on without it. */
export type Blocked = ReadonlySet<"secret" | "webhooks">;

/**
 * The one thing to do now. The caller does it, takes its outcome into `seen` and `memory`, and asks again; what could not
 * be done it adds to `blocked`.
 */
export function nextStep(seen: Seen, memory: Memory, blocked: Blocked, clock: Clock, lifetimes: Lifetimes): Step {
  const { secret, entries } = seen;
  const situation: Situation = { seen, memory, clock, lifetimes, judge: seen.serverTime ?? clock.now };
  const loss = findLoss(secret, situation);
  const agreed = loss === null && secret.kind === "agreed" ? secret.agreed : memory.agreed;
  const clockProblem = findClockProblem(situation);
  const steps: readonly (() => Step | null)[] =
    loss === null && agreed !== null && clockProblem === null
      ? [
          () => adoptStep(agreed, situation),
          () => dropStep(agreed, situation),
          () => patchStep(agreed, situation),
          () => forgetStep(agreed, situation),
          () => introduceStep(agreed, situation),
          () => promoteStep(agreed, situation),
          () => leafStep(agreed, situation),
        ]
      : [
          () => (loss === null ? null : recoverStep(situation, clockProblem)),
          () => (agreed === null ? null : patchStep(agreed, situation)),
          () => (agreed === null || clockProblem !== null ? null : renewStep(agreed, situation)),
        ];
  for (const build of steps) {
    const step = build();
    if (step !== null && !isBlocked(step, blocked)) return step;
  }
  return { kind: "wait", problem: clockProblem ?? loss ?? findProblem(entries, memory) };
}

/** What the replicas agree on once `made` is there. */
export function agreeOnNew(step: Extract<Step, { kind: "make" }>, made: Authority): AgreedAuthorities {
  return step.cause === "create"
    ? { current: made, next: null, retired: step.retired }
    : { ...step.agreed, next: made };
}

function isBlocked({ kind }: Step, blocked: Blocked): boolean {
  return kind === "patch" ? blocked.has("webhooks") : (kind === "write" || kind === "make") && blocked.has("secret");
}

function findProblem(entries: readonly TrustingEntry[], { leaf }: Memory): string | null {
  if (entries.length === 0) return "no entry of the webhook configuration calls this server by one of its names";
  return leaf === null ? "the caBundles are not read back yet" : null;
}
