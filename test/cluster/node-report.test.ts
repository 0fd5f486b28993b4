import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeReportAt, parseDatedReport, parseNodeReport } from "../../src/cluster/node-report.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const OBSERVED = "2026-11-23T11:00:00Z";

function report(fields: Record<string, unknown>): string {
  return JSON.stringify({ v: 1, observedAt: OBSERVED, handlers: {}, ...fields });
}

function allowListIn(enableAnnotations: string[]): unknown {
  return parseNodeReport(report({ handlers: { a: { enableAnnotations } } }), NOW)?.handlers["a"]?.enableAnnotations;
}

describe("parseNodeReport", () => {
  it("reads the report of the design page", () => {
    const text =
      '{"v":1,"observedAt":"2026-11-23T11:59:00Z","handlers":{"kata-clh":{"runtime":"go","version":"3.32.0","sharedFs":"virtio-fs","hugepages":false,"enableAnnotations":["enable_iommu"],"rootfs":"shared","emptydirMode":"shared-fs","disableBlockDeviceUse":true}},"thp":{"enabled":"madvise","shmemEnabled":"never"}}';
    expect(parseNodeReport(text, NOW)).toEqual({
      ageSeconds: 60,
      handlers: {
        "kata-clh": {
          runtime: "go",
          version: "3.32.0",
          sharedFs: "virtio-fs",
          hugepages: false,
          enableAnnotations: ["enable_iommu"],
          rootfs: "shared",
          emptydirMode: "shared-fs",
          disableBlockDeviceUse: true,
        },
      },
      thp: { enabled: "madvise", shmemEnabled: "never" },
    });
  });

  it.each([
    ["no JSON", "{"],
    ["JSON that is no object", "[1]"],
    ["null", "null"],
    ["another version", report({ v: 2 })],
    ["a version as text", report({ v: "1" })],
    ["no time", JSON.stringify({ v: 1, handlers: {} })],
    ["a time as number", report({ observedAt: 1 })],
    ["a time that Date.parse alone would take", report({ observedAt: "Nov 23 2026" })],
    ["a day that there is not", report({ observedAt: "2026-13-40T12:00:00Z" })],
    ["a time far ahead", report({ observedAt: "2026-11-23T12:05:01Z" })],
    ["more text than any report has", report({ handlers: { a: { version: "1".repeat(17_000) } } })],
    [
      "more handlers than any node has",
      report({ handlers: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, {}])) }),
    ],
  ])("is null for %s", (_, text) => {
    expect(parseNodeReport(text, NOW)).toBeNull();
  });

  it("takes 64 handlers", () => {
    const handlers = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`h${i}`, {}]));
    expect(Object.keys(parseNodeReport(report({ handlers }), NOW)?.handlers ?? {})).toHaveLength(64);
  });

  it.each([
    ["an age in whole seconds", "2026-11-23T11:59:58.400Z", 1],
    ["an offset", "2026-11-23T13:00:00+01:30", 1800],
    ["a clock that is a little ahead as just now", "2026-11-23T12:05:00Z", 0],
    ["days", "2026-11-20T12:00:00Z", 259_200],
  ])("counts %s", (_, observedAt, ageSeconds) => {
    expect(parseNodeReport(report({ observedAt }), NOW)?.ageSeconds).toBe(ageSeconds);
  });

  it("leaves out each field of the wrong type and keeps the others", () => {
    const handlers = {
      "kata-clh": {
        runtime: "wasm",
        version: 3.32,
        sharedFs: "none",
        hugepages: "false",
        enableAnnotations: ["a", 1],
        rootfs: "tape",
        kubeletRoot: "/".repeat(300),
        emptydirMode: true,
        disableBlockDeviceUse: null,
        more: "anything",
      },
    };
    expect(parseNodeReport(report({ handlers, thp: { enabled: 1, shmemEnabled: "never" } }), NOW)).toEqual({
      ageSeconds: 3600,
      handlers: { "kata-clh": { sharedFs: "none" } },
      thp: { shmemEnabled: "never" },
    });
  });

  it.each([
    ["handlers", "x", { ageSeconds: 3600, handlers: {} }],
    ["handlers", ["x"], { ageSeconds: 3600, handlers: {} }],
    ["handlers", { "kata-clh": "x" }, { ageSeconds: 3600, handlers: {} }],
    ["thp", [], { ageSeconds: 3600, handlers: {} }],
  ])("takes %s: %j as absent", (field, value, expected) => {
    expect(parseNodeReport(report({ [field]: value }), NOW)).toEqual(expected);
  });

  it("drops names that no RuntimeClass's handler can have", () => {
    const text = `{"v":1,"observedAt":"${OBSERVED}","handlers":{"__proto__":{"version":"9.9.9"},"Kata":{},"-a":{},"ok":{}}}`;
    const handlers = parseNodeReport(text, NOW)?.handlers;
    expect(Object.keys(handlers ?? {})).toEqual(["ok"]);
    expect(handlers && "version" in handlers).toBe(false);
  });

  it("reads allow-lists that differ in their order alone as the same", () => {
    expect(allowListIn(["b", "a", "b"])).toEqual(allowListIn(["a", "b"]));
  });

  it("never throws, whatever a node writes", () => {
    const anyReport = fc.record(
      {
        v: fc.constantFrom(1, 2, "1"),
        observedAt: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.anything(),
        ),
        handlers: fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.anything()),
        thp: fc.anything(),
      },
      { requiredKeys: [] },
    );
    // JSON.stringify throws on a bigint, which no JSON text holds.
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      anyReport.map(
        (value) => JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? null : each)) ?? "",
      ),
    );
    fc.assert(
      fc.property(text, (each) => {
        const read = parseNodeReport(each, NOW);
        if (read !== null) expect(read.ageSeconds).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("nodeReportAt", () => {
  it("lets a report grow old, and one from the future wait until its time has come", () => {
    const dated = parseDatedReport(report({ observedAt: "2026-11-23T13:00:00Z" }));
    if (dated === null) throw new Error("the report is readable");
    expect(nodeReportAt(dated, NOW)).toBeNull();
    expect(nodeReportAt(dated, new Date("2026-11-23T12:55:00Z"))?.ageSeconds).toBe(0);
    expect(nodeReportAt(dated, new Date("2026-11-24T13:00:00Z"))?.ageSeconds).toBe(86_400);
  });
});
