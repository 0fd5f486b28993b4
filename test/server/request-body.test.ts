import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { expect, it } from "vitest";
import type { Pieces } from "../../src/admission/scanned-text.ts";
import { BODY_LIMIT, readBody } from "../../src/server/request-body.ts";

/** What comes of a body that comes in these pieces; rejects with what it is refused for. */
async function read(pieces: Iterable<Buffer>): Promise<Pieces> {
  const payload = Readable.from(pieces) as IncomingMessage;
  return await new Promise((resolve, reject) => {
    readBody({ headers: {} } as FastifyRequest, payload, (error, body) => {
      if (error === null) resolve(body ?? []);
      else reject(error);
    });
  });
}

it("gives the pieces of a review as they came", async () => {
  const pieces = Array.from({ length: 5 }, (_, index) => Buffer.alloc(16_384, index));
  const body = await read(pieces);
  expect(body.map((each, index) => each === pieces[index])).toEqual([true, true, true, true, true]);
});

it("keeps a body of many small pieces in few", async () => {
  const whole = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
  const body = await read(Array.from({ length: whole.length }, (_, index) => whole.subarray(index, index + 1)));
  expect(Buffer.concat(body).equals(whole)).toBe(true);
  expect(body.length).toBeLessThan(1_000);
});

it("takes the longest body in pieces, and refuses one byte more", async () => {
  const half = Buffer.alloc(BODY_LIMIT / 2, 1);
  expect((await read([half, half])).length).toBe(2);
  await expect(read([half, half, Buffer.alloc(1)])).rejects.toMatchObject({ statusCode: 413 });
});
