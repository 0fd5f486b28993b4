import * as fc from "fast-check";
import { expect, it } from "vitest";
import { readLines, readText } from "../../src/cluster/response-body.ts";

/** The bytes in chunks that end wherever the cuts are, in the middle of characters too. */
async function* chunked(text: string, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function linesOf(body: AsyncIterable<Buffer>, mostBytes = 1_000_000): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(body, mostBytes)) lines.push(line);
  return lines;
}

it("reads the same text and lines however they are cut", async () => {
  const line = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => text.replaceAll("\n", "_"));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
      const text = lines.map((each) => `${each}\n`).join("");
      expect(await readText(chunked(text, cuts), 1_000_000)).toBe(text);
      expect(await linesOf(chunked(text, cuts))).toEqual(lines);
    }),
  );
});

it("passes over empty lines, and a line that was never ended", async () => {
  expect(await linesOf(chunked("a\n\nb\nc", [2]))).toEqual(["a", "b"]);
});

it("refuses what is too long", async () => {
  await expect(readText(chunked("12345", [2]), 4)).rejects.toThrow("longer than 4 bytes");
  await expect(linesOf(chunked("12\n345\n67890", [4]), 4)).rejects.toThrow("longer than 4 bytes");
  expect(await linesOf(chunked("1234\n1234\n", [3, 8]), 4)).toEqual(["1234", "1234"]);
});
