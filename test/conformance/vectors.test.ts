import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../../src/kata/annotations.ts";
import { parseKataVersion } from "../../src/kata/version.ts";
import { checkVector } from "./agreement.ts";
import { type Observation, parseVector, type Vector } from "./vector.ts";

const FOLDER = new URL("vectors/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"));
const OWN_KEYS = new Set([SHARED_FS_KEY, ENABLE_HUGEPAGES_KEY, CONFIG_PATH_KEY]);

function readVectors(file: string): Vector[] {
  return readFileSync(new URL(file, FOLDER), "utf8").trim().split("\n").map(parseVector);
}

it("has the recorded releases of both runtimes", () => {
  expect(FILES).toHaveLength(10);
  expect(FILES.flatMap(readVectors)).toHaveLength(2_367);
});

describe.each(FILES)("%s", (file) => {
  const vectors = readVectors(file);

  it.each(vectors)("$name", (vector) => {
    expect(checkVector(vector)).not.toMatchObject({ kind: "disagrees" });
  });

  it("leaves less than a tenth undetermined, and none of what decisions rest on", () => {
    const open = vectors.filter((vector) => checkVector(vector).kind === "undetermined");
    expect(open.length).toBeLessThan(vectors.length / 10);
    const onOwnKeys = open.filter(({ asked }) => [...asked.annotations.keys()].some((key) => OWN_KEYS.has(key)));
    expect(onOwnKeys.map(({ name }) => name)).toEqual([]);
  });

  it("disagrees with every record that is turned into its opposite", () => {
    const believed = vectors.flatMap((vector) =>
      toFalsehoods(vector)
        .filter((observed) => checkVector({ ...vector, observed }).kind === "agrees")
        .map((observed) => `${vector.name}: ${JSON.stringify(observed)}`),
    );
    expect(believed).toEqual([]);
  });
});

/** Records that cannot be true if the given one is. */
function toFalsehoods({ asked, observed }: Vector): Observation[] {
  const { memory } = observed;
  if (memory === null) {
    const accepted: Observation = {
      outcome: "accepted",
      error: null,
      memory: { shared: true, hugepages: false },
      effect: asked.annotations.size === 0 ? null : true,
    };
    const otherError =
      observed.error?.endsWith(" is not enabled") === true ? "parse bool error" : "annotation x is not enabled";
    return [accepted, { ...observed, error: otherError }];
  }
  const falsehoods: Observation[] = [
    { outcome: "rejected", error: "annotation x is not enabled", memory: null, effect: true },
    { ...observed, memory: { ...memory, shared: !memory.shared } },
    { ...observed, memory: { ...memory, hugepages: !memory.hugepages } },
  ];
  const keys = [...asked.annotations.keys()];
  if (keys.length > 0 && keys.every((key) => OWN_KEYS.has(key))) {
    falsehoods.push({
      ...observed,
      outcome: observed.effect === true ? "ignored" : "accepted",
      effect: !observed.effect,
    });
  }
  return falsehoods;
}

/** Releases that were not recorded and that, by the facts, do what a recorded one does. */
it.each([
  ["3.12.0-go.jsonl", "3.12.7"],
  ["3.12.0-go.jsonl", "3.16.0"],
  ["3.20.0-go.jsonl", "3.19.1"],
  ["3.20.0-go.jsonl", "3.25.0"],
  ["3.26.0-go.jsonl", "3.26.2"],
  ["3.26.0-go.jsonl", "3.27.0"],
  ["3.28.0-go.jsonl", "3.29.0"],
  ["3.28.0-go.jsonl", "3.30.1"],
  ["3.32.0-go.jsonl", "3.32.1"],
  ["4.0.0-go.jsonl", "4.0.3"],
  ["4.1.0-go.jsonl", "4.2.0"],
  ["3.32.0-rs.jsonl", "3.32.1"],
  ["4.1.0-rs.jsonl", "5.0.0"],
])("%s also holds for %s", (file, release) => {
  const version = parseKataVersion(release);
  if (version === null) throw new Error(`${release} should be a version`);
  const disagreements = readVectors(file)
    .map((vector) => ({ name: vector.name, ...checkVector({ ...vector, asked: { ...vector.asked, version } }) }))
    .filter(({ kind }) => kind === "disagrees");
  expect(disagreements).toEqual([]);
});
