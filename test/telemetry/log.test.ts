import { expect, it } from "vitest";
import { createLog, errorFields, logReview, type LoggedReview } from "../../src/telemetry/log.ts";

function linesOf(
  write: (log: ReturnType<typeof createLog>) => void,
  level: "info" | "warn" = "info",
): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => lines.push(line) }));
  return lines.map((line) => {
    expect(line).toMatch(/^[^\n]*\n$/);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

const REVIEW: LoggedReview = {
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  uid: "u",
  namespace: "team",
  mode: "enforce",
  dryRun: true,
  decision: { kind: "skip", findings: [], putBack: null },
  status: 200,
  durationMs: 1.23456,
};

it("always writes the same keys, whatever a tenant wrote", () => {
  const evil = '","level":"fatal","__proto__":{}}\n%s%o\u2028\u0000';
  const path = `/metadata/annotations/${evil}`;
  const reviews: LoggedReview[] = [
    REVIEW,
    { ...REVIEW, uid: evil, namespace: evil },
    {
      ...REVIEW,
      decision: { kind: "skip", findings: [{ reason: "UserSharedFs", severity: "blocks", path }], putBack: null },
    },
    { ...REVIEW, uid: null, namespace: null, decision: null, status: 400 },
  ];
  const lines = linesOf((log) => {
    for (const review of reviews) logReview(log, review);
  });
  expect(new Set(lines.map((line) => Object.keys(line).join()))).toEqual(
    new Set([
      "level,time,uid,namespace,mode,dryRun,decision,selection,forced,newerThanKnown,reasons,findings,findingsTotal,status,durationMs,msg",
    ]),
  );
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual(reviews.map(() => ["info", "review"]));
  expect(lines[1]).toMatchObject({ uid: evil, namespace: evil });
  expect(lines[2]).toMatchObject({ reasons: ["UserSharedFs"], findings: [{ reason: "UserSharedFs", path }] });
  expect(lines[3]).toMatchObject({ decision: "unreadable", uid: null, reasons: [] });
  expect(lines[0]).toMatchObject({ dryRun: true, durationMs: 1.235 });
});

it("keeps a line short, however many findings there are and however long their keys", () => {
  const findings = Array.from({ length: 5_000 }, (_, index) => ({
    reason: "UserVirtioFs" as const,
    severity: "blocks" as const,
    path: `/metadata/annotations/${"x".repeat(100_000)}${index}`,
  }));
  const [line] = linesOf((log) => {
    logReview(log, { ...REVIEW, uid: "u".repeat(10_000), decision: { kind: "skip", findings, putBack: null } });
  });
  expect(line).toMatchObject({ reasons: ["UserVirtioFs"], findingsTotal: 5_000 });
  expect(JSON.stringify(line).length).toBeLessThan(8_192);
});

it("says what a forced patch is", () => {
  const by = { selection: "config-path", configPath: "/x" } as const;
  const decision = {
    kind: "patch",
    selection: "config-path",
    by,
    from: "kata-clh",
    forced: true,
    findings: [],
    barePod: false,
  } as const;
  expect(linesOf((log) => logReview(log, { ...REVIEW, decision }))).toMatchObject([
    { decision: "patch", selection: "config-path", forced: true },
  ]);
});

it("is silent below its level", () => {
  expect(linesOf((log) => logReview(log, REVIEW), "warn")).toEqual([]);
});

it("takes of an error its type, message and stack, and none of its own fields", () => {
  const error = Object.assign(new RangeError(`broken\n${"y".repeat(1_000)}`), { pod: { secret: "s3cret" } });
  const fields = errorFields(error);
  expect(Object.keys(fields)).toEqual(["type", "message", "stack"]);
  expect(fields.type).toBe("RangeError");
  expect(fields.message.length).toBeLessThan(300);
  expect(fields.stack).toMatch(/^ {4}at .*log\.test\.ts/);
  expect(fields.stack).not.toContain("yyy");
  expect(errorFields("a thrown string")).toEqual({ type: "string", message: "not an Error", stack: "" });
  expect(errorFields(undefined).type).toBe("undefined");
});

it("tells when a review was answered, and of other lines when they are written", () => {
  const before = Date.now();
  const [first, second] = linesOf((log) => {
    logReview(log, REVIEW);
    log.info("something else");
  });
  expect(first?.["time"]).toBe("2026-01-02T03:04:05.678Z");
  expect(Date.parse(String(second?.["time"]))).toBeGreaterThanOrEqual(before);
});
