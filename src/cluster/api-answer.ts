// Answers that are not what was asked for.
import type { ApiResponse } from "./api-client.ts";
import { readText } from "./response-body.ts";

export type Failure =
  /** The resourceVersion is too old, or the list's continue token: list again. */
  | { readonly kind: "gone"; readonly why: string }
  | { readonly kind: "forbidden"; readonly why: string }
  /** A watch that was open did not end in its time: its connection is dead. */
  | { readonly kind: "silent"; readonly why: string }
  | {
      readonly kind: "failed";
      readonly why: string;
      /** No answer at all. */
      readonly isUnreachable: boolean;
      /** Answered, but not because of what was asked: the same request may do the next time. */
      readonly isTemporary: boolean;
      readonly retryAfterMs: number | null;
    };

/** A Status is some hundred bytes; a proxy's page of HTML may be longer. */
const LONGEST_STATUS = 64 * 1024;
const LONGEST_WHY = 300;

/** An answer other than 200 → what that means. Reads the body. */
export async function toFailure({ status, retryAfterMs, body }: ApiResponse): Promise<Failure> {
  let text = "";
  try {
    text = await readText(body, LONGEST_STATUS);
  } catch {
    // The code says enough.
  }
  return statusFailure(status, messageIn(text), retryAfterMs);
}

/** The same for the Status that comes as a watch event of type ERROR. */
export function errorEventFailure(object: unknown): Failure {
  const { code, message } = (object ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return statusFailure(typeof code === "number" ? code : 0, typeof message === "string" ? message : "", null);
}

/** No answer: refused, reset, timed out, or credentials that cannot be read. */
export function unreachable(error: unknown): Failure {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  // A refused connection to a name with several addresses is an AggregateError with a code and no message.
  const said = typeof message === "string" && message !== "" ? message : String(code ?? error);
  // What Node says of a connection that ended inside of an answer.
  const why = said === "aborted" ? "the connection broke off" : said;
  return { kind: "failed", why: shortened(why), isUnreachable: true, isTemporary: true, retryAfterMs: null };
}

/** An answer that cannot be what the API server says. */
export function malformed(why: string): Failure {
  return { kind: "failed", why, isUnreachable: false, isTemporary: false, retryAfterMs: null };
}

function statusFailure(status: number, message: string, retryAfterMs: number | null): Failure {
  const why = shortened(`${status}${message === "" ? "" : ` ${message}`}`);
  if (status === 410) return { kind: "gone", why };
  if (status === 403) return { kind: "forbidden", why };
  // 401: a token that was renewed just now, or an API server that has not read its keys yet.
  const isTemporary = status === 401 || status === 429 || status === 503;
  return { kind: "failed", why, isUnreachable: false, isTemporary, retryAfterMs };
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return text.trim();
  }
}

function shortened(text: string): string {
  return text.length <= LONGEST_WHY ? text : `${text.slice(0, LONGEST_WHY)}…`;
}
