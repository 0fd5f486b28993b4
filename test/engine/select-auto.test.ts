import { describe, expect, it } from "vitest";
import type { PolicyTarget } from "../../src/engine/policy.ts";
import { factsOf, factsWithVariant, PRIVATE_FILE } from "./sample-facts.ts";
import { selectionText } from "./verdict-text.ts";

const OLD = "KataTooOld";
const RS = "RuntimeSharesMemory";
const IGNORED = "ConfigPathIgnored";
const REFUSED = "KataRefusesAnnotation";

describe("auto", () => {
  const facts = factsWithVariant();
  const all: Partial<PolicyTarget> = {
    configPath: PRIVATE_FILE,
    kata: { version: "3.32.0", runtime: "go", rootfs: "erofs", acceptsSharedFsNone: true, enableAnnotations: [""] },
  };

  it("takes the first way of runtime-class, config-path, hypervisor-annotations", () => {
    expect(selectionText(all, facts)).toBe("runtime-class");
    expect(selectionText(all, factsOf())).toBe("config-path");
    expect(selectionText({ ...all, configPath: null }, factsOf())).toBe("hypervisor-annotations");
  });

  it("goes on to the next where one is ruled out", () => {
    const contradicted = factsWithVariant({}, { kataVersion: "3.31.0" });
    expect(selectionText(all, contradicted)).toBe("config-path");
  });

  it("does not believe more for trust: operator", () => {
    const kata = { version: "4.1.0", runtime: "runtime-rs" } as const;
    expect(selectionText({ trust: "operator", kata }, facts)).toBe(RS);
  });

  it("knows nothing without evidence", () => {
    expect(selectionText({}, factsOf())).toBe("KataSupportUnknown");
    expect(selectionText({ configPath: PRIVATE_FILE }, factsOf())).toBe("KataSupportUnknown");
  });

  it("says what is known against each way, each reason once", () => {
    const kata = { version: "4.1.0", runtime: "go" } as const;
    expect(selectionText({ kata, configPath: PRIVATE_FILE }, factsOf())).toBe(`${IGNORED} ${REFUSED}`);
    expect(selectionText({ kata: { version: "3.11.0", runtime: "go" }, configPath: PRIVATE_FILE }, facts)).toBe(OLD);
  });

  it("is done in time with very many findings", () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 40_000 }, (_, index) => [`io.katacontainers.config.hypervisor.k${index}`, "1"]),
    );
    const pod = { ...facts.pod, metadata: { ...facts.pod.metadata, annotations } };
    const before = performance.now();
    expect(selectionText({}, { ...facts, pod }).split(" ")).toHaveLength(40_000);
    expect(performance.now() - before).toBeLessThan(1500);
  });
});
