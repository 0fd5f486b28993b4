// The annotation kata-thp.dev/report of a Node. Whoever owns a node may write anything there, so nothing is trusted:
// sizes are bounded, a field of the wrong type is absent, and only known names are kept.
import type { HandlerReport, NodeReport } from "../engine/facts.ts";
import { EMPTYDIR_MODES, ROOTFS_KINDS } from "../engine/policy.ts";
import { KATA_RUNTIMES } from "../kata/releases.ts";

/** A report of a probe's has some 300 bytes for each handler; kata-deploy knows about a dozen handlers. */
const LONGEST_REPORT = 16 * 1024;
const MOST_HANDLERS = 64;
/** Versions, modes and paths are short; PATH_MAX is more than any of them needs. */
const LONGEST_TEXT = 256;
/** Clocks of nodes differ; a report from later than this is of a clock that cannot be believed. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** RFC 3339, as in 2026-11-23T12:00:00Z; Date.parse alone takes much more. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
/** RuntimeClass.handler is a DNS label (k8s.io/kubernetes pkg/apis/node/validation). */
const HANDLER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A report that keeps its time, so that a reader that lives long can tell its age at any moment. */
export interface DatedReport extends Omit<NodeReport, "ageSeconds"> {
  readonly observedAtMs: number;
}

/** The annotation's text → what it says now; null where it cannot be read or is from the future. */
export function parseNodeReport(text: string, now: Date): NodeReport | null {
  const report = parseDatedReport(text);
  return report === null ? null : nodeReportAt(report, now);
}

/** The report with its age at `now`; null where it claims to be from later than a clock's skew. */
export function nodeReportAt({ observedAtMs, ...said }: DatedReport, now: Date): NodeReport | null {
  const ageMs = now.getTime() - observedAtMs;
  return ageMs < -CLOCK_SKEW_MS ? null : { ageSeconds: Math.max(0, Math.floor(ageMs / 1000)), ...said };
}

/** The annotation's text → report; null where it is too long, no JSON, of another version or without a time. */
export function parseDatedReport(text: string): DatedReport | null {
  if (text.length > LONGEST_REPORT) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { v, observedAt, handlers, thp } = asObject(value) ?? {};
  if (v !== 1 || typeof observedAt !== "string" || !TIMESTAMP.test(observedAt)) return null;
  const observedAtMs = Date.parse(observedAt);
  const named = Object.entries(asObject(handlers) ?? {});
  if (Number.isNaN(observedAtMs) || named.length > MOST_HANDLERS) return null;
  const read = named.flatMap(([name, said]) => {
    const report = asObject(said);
    return report === null || !HANDLER_NAME.test(name) ? [] : [[name, handlerReport(report)] as const];
  });
  const host = asObject(thp);
  return {
    observedAtMs,
    handlers: Object.fromEntries(read.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ...(host === null
      ? {}
      : { thp: present({ enabled: asText(host["enabled"]), shmemEnabled: asText(host["shmemEnabled"]) }) }),
  };
}

function handlerReport(said: Readonly<Record<string, unknown>>): HandlerReport {
  return present({
    runtime: asOneOf(KATA_RUNTIMES, said["runtime"]),
    version: asText(said["version"]),
    sharedFs: asText(said["sharedFs"]),
    hugepages: asBoolean(said["hugepages"]),
    enableAnnotations: asTexts(said["enableAnnotations"]),
    rootfs: asOneOf(ROOTFS_KINDS, said["rootfs"]),
    kubeletRoot: asText(said["kubeletRoot"]),
    emptydirMode: asOneOf(EMPTYDIR_MODES, said["emptydirMode"]),
    disableBlockDeviceUse: asBoolean(said["disableBlockDeviceUse"]),
    disableGuestEmptyDir: asBoolean(said["disableGuestEmptyDir"]),
  });
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= LONGEST_TEXT ? value : undefined;
}

/** All or nothing: an allow-list with a part left out would be another allow-list. The order says nothing. */
function asTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(asText);
  return texts.every((text) => text !== undefined) ? [...new Set(texts)].toSorted() : undefined;
}

function asBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function asOneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((each) => each === value);
}
