// A short look at what overload.ts measures at length.
import { expect, inject, it } from "vitest";
import { describeOverload, OVERLOADS, runOverload } from "./overload-rounds.ts";

it.each(OVERLOADS)(
  "ten times what the webhook takes: $failurePolicy with $timeoutSeconds s",
  async (overload) => {
    const report = await runOverload(inject("controlPlane"), { ...overload, name: `${overload.name}-short` }, 2);

    expect(report.faults).toEqual([]);
    expect(report.sentAway).toBeGreaterThan(0);
    expect(report.rssMostMiB).toBeLessThan(256);
    console.log(describeOverload(overload, report));
  },
  120_000,
);
