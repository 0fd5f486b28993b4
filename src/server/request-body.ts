import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Pieces } from "../admission/scanned-text.ts";

/**
 * The API server's limit for an object is 3 MiB, for a request body the same (apiserver pkg/server/config.go
 * MaxRequestBodyBytes); an update's review holds two objects, and the envelope has room in the seventh MiB.
 */
export const BODY_LIMIT: number = 7 * 1024 * 1024;

/**
 * So many pieces of one body may lie about; a body of 60 KB has some five. Each takes memory for itself, hundreds of bytes
 * for one that is a byte long, and a client may send seven million of those.
 */
const MOST_LOOSE = 256;

/**
 * The API server sends a body whole, and TLS cuts it into records of a KB and more; a proxy that sends on what it gets makes
 * no more pieces of the longest one than this. Each costs time that is not for others, also the smallest.
 */
const MOST_PIECES = 8_192;

const TOO_LONG = `The body is over ${BODY_LIMIT} bytes.`;

/** Why a body is not taken, for whoever sends it. */
export class BodyRefusal extends Error {
  override readonly name = "BodyRefusal";
  readonly statusCode: 400 | 413;

  constructor(statusCode: 400 | 413, sentence: string) {
    super(sentence);
    this.statusCode = statusCode;
  }
}

/**
 * Reads a body whole, as a parser for Fastify, in the pieces in which it came: they are put together where it is read
 * (src/admission/scanned-text.ts). Fastify's own parser makes one Buffer of them and copies that once more; with large
 * reviews it is such memory, outside of the heap, that makes V8 collect it (docs/adr/0009-request-path.md).
 *
 * @param done called once, with the pieces, with a BodyRefusal, or with what cut the body off (statusCode 400)
 */
export function readBody(
  { headers }: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: Pieces) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let pieces = 0;
  /** Of `chunks`, those at the front that were put together. */
  let packed = 0;
  let isOver = false;
  const finish = (error: Error | null, body?: Pieces): void => {
    isOver = true;
    done(error, body);
  };
  const refuse = (statusCode: 400 | 413, sentence: string): void => {
    chunks.length = 0;
    finish(new BodyRefusal(statusCode, sentence));
  };
  // NaN where it comes in chunks.
  if (Number(headers["content-length"]) > BODY_LIMIT) refuse(413, TOO_LONG);
  payload.on("data", (chunk: Buffer) => {
    pieces += 1;
    if (isOver) {
      // What comes after a refusal is read and dropped.
      if (pieces > MOST_PIECES) payload.destroy();
      return;
    }
    length += chunk.length;
    if (length > BODY_LIMIT) {
      refuse(413, TOO_LONG);
      return;
    }
    if (pieces > MOST_PIECES) {
      refuse(400, `The body comes in more than ${MOST_PIECES} pieces.`);
      return;
    }
    chunks.push(chunk);
    if (chunks.length - packed < MOST_LOOSE) return;
    chunks.push(Buffer.concat(chunks.splice(packed)));
    packed += 1;
  });
  payload.on("end", () => {
    if (!isOver) finish(null, chunks);
  });
  payload.on("error", (error) => {
    if (!isOver) finish(Object.assign(error, { statusCode: 400 }));
  });
}

/** What readBody has read; empty where the request came without a body. */
export function bodyOf({ body }: FastifyRequest): Pieces {
  return Array.isArray(body) ? (body as Pieces) : [];
}
