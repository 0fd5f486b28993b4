import { expect, it } from "vitest";
import type { Results } from "../../bench/figures.ts";
import { renderPage } from "../../bench/page.ts";
import { reachLines } from "../../bench/reach.ts";
import { cell, goodResults } from "./results.ts";

const missed = (results: Results): string[] =>
  reachLines(results)
    .filter(({ isMet }) => !isMet)
    .map(({ name }) => name);

it("is reached whole by good results", () => {
  expect(missed(goodResults())).toEqual([]);
});

it("takes the median start, not the slowest", () => {
  const start = reachLines(goodResults()).find(({ name }) => name === "exec to first answer");
  expect(start).toMatchObject({ value: 250, bound: 300, isMet: true });
});

it("names each goal that is missed, and the record with it", () => {
  const good = goodResults();
  const slow = cell({ ours: [6_900, 450, 150], parse: [25_000, 80, 100], raw: [1_000, 2_000, 1_000] });
  expect(missed({ ...good, cells: { ...good.cells, "6k c16": slow } })).toEqual([
    "6k c16: requests/s against d1",
    "6k c16: p99 against d1",
    "6k c16: CPU per review against (b)",
    "record: 6k c16: requests/s against d1",
  ]);
});

it("has our own figures among the goals", () => {
  const good = goodResults();
  const ours = { firstAnswerMs: [301], firstPatchMs: [301], idleMb: 80.1, loadedMb: 110.1 };
  const withNodes = { nodes: 5_000, classes: 200, rssMb: 150.1, peakMb: 0, loadedMb: 0 };
  expect(missed({ ...good, processes: { ...good.processes, ours }, withNodes })).toEqual([
    "memory idle",
    "memory after 50,000 reviews",
    "memory with 5,000 nodes known",
    "exec to first answer",
  ]);
});

it("misses what slows down with the number of nodes", () => {
  const good = goodResults();
  const slow = cell({ ours: [17_000, 100, 140], parse: [25_000, 80, 100] });
  expect(missed({ ...good, cells: { ...good.cells, "5000 nodes": slow } })).toEqual([
    "requests/s against (b), with 5,000 nodes to without",
  ]);
});

it("does not take for reached what was not measured", () => {
  const nothing: Results = { ...goodResults(), cells: {}, processes: {}, withNodes: null };
  const lines = reachLines(nothing);
  expect(lines.every(({ isMet, value }) => !isMet && value === null)).toBe(true);
});

it("makes a page that says the machine, the date, every goal and Go's memory", () => {
  const results = goodResults();
  const lines = reachLines(results);
  const page = renderPage(results, lines);
  for (const part of [
    "2026-11-23",
    "Some CPU",
    "2 cores",
    "go1.26.8",
    "30 MB idle and\n37 MB",
    "20.0× ± 0 %",
    "after 50,000 reviews, MB",
  ]) {
    expect(page.replaceAll(/\s+/g, " ")).toContain(part.replaceAll(/\s+/g, " "));
  }
  for (const { name } of lines) expect(page).toContain(`| ${name} |`);
  expect(page).toMatch(/\(b\) took from \d+ to \d+ µs of CPU/);
  expect(page).not.toMatch(/undefined|NaN/);
});
