import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { expect, it } from "vitest";
import type { Pieces } from "../../src/admission/scanned-text.ts";
import { BODY_LIMIT, readBody } from "../../src/server/request-body.ts";

/** What comes of a body that comes in these pieces; rejects with what it is refused for. */
async function read(payload: Readable, headers: Readonly<Record<string, string>> = {}): Promise<Pieces> {
  return await new Promise((resolve, reject) => {
    readBody({ headers } as unknown as FastifyRequest, payload as IncomingMessage, (error, body) => {
      if (error === null) resolve(body ?? []);
      else reject(error);
    });
  });
}

function bytes(count: number): Buffer[] {
  const whole = Buffer.from(Array.from({ length: count }, (_, index) => index % 251));
  return Array.from(whole, (_, index) => whole.subarray(index, index + 1));
}

it("gives the pieces of a review as they came", async () => {
  const pieces = Array.from({ length: 5 }, (_, index) => Buffer.alloc(16_384, index));
  const body = await read(Readable.from(pieces));
  expect(body.map((each, index) => each === pieces[index])).toEqual([true, true, true, true, true]);
});

it("keeps a body of many small pieces in few, and takes no more than 8,192", async () => {
  const pieces = bytes(8_192);
  const body = await read(Readable.from(pieces));
  expect(Buffer.concat(body).equals(Buffer.concat(pieces))).toBe(true);
  expect(body.length).toBeLessThan(400);
  await expect(read(Readable.from(bytes(8_193)))).rejects.toMatchObject({
    statusCode: 400,
    message: "The body comes in more than 8192 pieces.",
  });
});

it("drops what comes after a refusal, but not without end in small pieces", async () => {
  const tooLong = { "content-length": String(BODY_LIMIT + 1) };
  const large = Readable.from(Array.from({ length: 1_000 }, () => Buffer.alloc(16_384)));
  await expect(read(large, tooLong)).rejects.toMatchObject({ statusCode: 413 });
  await once(large, "end");
  const small = Readable.from(bytes(9_000));
  await expect(read(small, tooLong)).rejects.toMatchObject({ statusCode: 413 });
  await once(small, "close");
  expect(small.readableEnded).toBe(false);
});

it("takes the longest body in pieces, and refuses one byte more", async () => {
  const half = Buffer.alloc(BODY_LIMIT / 2, 1);
  expect((await read(Readable.from([half, half]))).length).toBe(2);
  await expect(read(Readable.from([half, half, Buffer.alloc(1)]))).rejects.toMatchObject({ statusCode: 413 });
});
