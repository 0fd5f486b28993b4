import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLogSink, type LogSink } from "../../src/telemetry/log-sink.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function open(file: string, longestBacklog?: number): Promise<LogSink> {
  const descriptor = openSync(file, "a");
  onTestFinished(() => closeSync(descriptor));
  return createLogSink(descriptor, longestBacklog);
}

/** Lines of some length, with characters of one to four bytes. */
function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `${from + index} ${"aé€😀".repeat((from + index) % 97)}\n`);
}

it("writes every line once and in order, over many lots and beyond its first room", async () => {
  const file = join(await temporaryFolder(), "log");
  const sink = await open(file);
  const all: string[] = [];
  for (let lot = 0; lot < 5; lot += 1) {
    const some = lines(lot * 300, (lot + 1) * 300);
    for (const line of some) sink.write(line);
    all.push(...some);
    if (lot % 2 === 0) expect(await sink.flush(10_000)).toBe(true);
  }
  expect(await sink.flush(10_000)).toBe(true);
  expect(await readFile(file, "utf8")).toBe(all.join(""));
  expect(sink.lost()).toBe(0);
});

it("takes a line that is longer than its first room", async () => {
  const file = join(await temporaryFolder(), "log");
  const sink = await open(file);
  const line = `${"é".repeat(200_000)}\n`;
  sink.write("before\n");
  sink.write(line);
  await sink.flush(10_000);
  expect(await readFile(file, "utf8")).toBe(`before\n${line}`);
});

it("loses and counts what is beyond the backlog, by bytes, and says so once", async () => {
  const file = join(await temporaryFolder(), "log");
  const sink = await open(file, 10);
  for (const line of ["ééé\n", "é\n", "aa\n", "a\n"]) sink.write(line);
  expect(sink.lost()).toBe(2);
  await sink.flush(10_000);
  sink.write("later\n");
  await sink.flush(10_000);
  const written = (await readFile(file, "utf8")).split("\n");
  expect(written[0]).toContain('"lines":2');
  expect(written.slice(1)).toEqual(["ééé", "é", "later", ""]);
});

it("counts the lines that a full disk has not taken", async () => {
  const sink = await open("/dev/full");
  for (const line of ["a\n", "b\n"]) sink.write(line);
  await expect.poll(() => sink.lost()).toBe(2);
});
