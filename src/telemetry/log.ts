import { type DestinationStream, type Logger, pino } from "pino";
import type { Decision } from "../engine/decision.ts";
import type { Mode } from "../engine/facts.ts";
import type { Reason } from "../engine/reasons.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Log = Logger;

/** When what the next line tells has happened; null: now. */
let happenedAtMs: number | null = null;
let timedAtMs = -1;
let timeField = "";

/** Many reviews share a millisecond. */
function timestamp(): string {
  const atMs = happenedAtMs ?? Date.now();
  if (atMs !== timedAtMs) {
    timedAtMs = atMs;
    timeField = `,"time":"${new Date(atMs).toISOString()}"`;
  }
  return timeField;
}

/** JSON lines to `stream`. */
export function createLog(level: LogLevel, stream: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** What the log says of one review; never the pod, whose env holds secrets. */
export interface LoggedReview {
  /** When it was answered, in milliseconds of Date.now: the line may be written later. */
  readonly atMs: number;
  readonly uid: string | null;
  readonly namespace: string | null;
  readonly mode: Mode;
  readonly dryRun: boolean;
  /** Null: the review could not be read. */
  readonly decision: Decision | null;
  readonly status: number;
  readonly durationMs: number;
}

/** Tenants choose how many findings a pod has and how long its annotation keys are; the line stays under some KB. */
const MOST_FINDINGS = 16;
const LONGEST_TEXT = 256;

/** One line for each review, always with the same keys; a tenant's text is only ever a value. */
export function logReview(log: Log, review: LoggedReview): void {
  const { decision } = review;
  const findings = decision?.findings ?? [];
  const reasons: Reason[] = [...new Set(findings.map((finding) => finding.reason))];
  happenedAtMs = review.atMs;
  log.info(
    {
      uid: cut(review.uid),
      namespace: cut(review.namespace),
      mode: review.mode,
      dryRun: review.dryRun,
      decision: decision?.kind ?? "unreadable",
      selection: decision?.kind === "patch" ? decision.selection : null,
      forced: decision?.kind === "patch" && decision.forced,
      newerThanKnown: decision?.kind === "patch" && decision.newerThanKnown === true,
      reasons,
      findings: findings.slice(0, MOST_FINDINGS).map(({ reason, path }) => ({ reason, path: cut(path) })),
      findingsTotal: findings.length,
      status: review.status,
      durationMs: Math.round(review.durationMs * 1000) / 1000,
    },
    "review",
  );
  happenedAtMs = null;
}

/** Characters of a stack: some dozens of frames. */
const LONGEST_STACK = 4096;

/** What the log says of an error: not its own fields, which may hold anything. */
export function errorFields(error: unknown): {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
} {
  if (!(error instanceof Error)) return { type: typeof error, message: "not an Error", stack: "" };
  const frames = error.stack?.indexOf("\n    at ") ?? -1;
  return {
    type: error.name,
    message: cut(error.message) ?? "",
    stack: frames === -1 ? "" : (error.stack ?? "").slice(frames + 1, frames + 1 + LONGEST_STACK),
  };
}

function cut(text: string | null): string | null {
  return text !== null && text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
