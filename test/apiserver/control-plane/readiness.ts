// Waiting for a program to answer, and no longer.
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { type GuardedProcess, lastLines } from "./guarded-process.ts";
import type { PemPair } from "./pki.ts";

/** How often a program that does not answer yet is asked again: a hundredth of what a start takes. */
const ASK_AGAIN_MS = 40;

export interface Client {
  readonly caPem: string;
  readonly pair: PemPair;
}

/** The body of a GET that is answered with 200, else null. A connection of its own, and bounded. */
export async function getBody(url: string, client: Client): Promise<string | null> {
  return new Promise((resolve) => {
    const get = url.startsWith("https:") ? httpsGet : httpGet;
    const request = get(
      url,
      { agent: false, ca: client.caPem, cert: client.pair.certificate, key: client.pair.key, timeout: 5000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("error", () => resolve(null));
        response.on("end", () => resolve(response.statusCode === 200 ? body : null));
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", () => resolve(null));
  });
}

/** A program ended before it was ready; the message has the last lines of its log. */
export class EndedEarly extends Error {}

/**
 * Resolves with the first answer of `ask` that is not null.
 *
 * @param needed the programs without which there will be no answer; the first is the one that is asked
 * @throws EndedEarly when one of them ends before, Error when `timeoutMs` pass
 */
export async function awaitAnswer<T>(
  needed: readonly [GuardedProcess, ...GuardedProcess[]],
  timeoutMs: number,
  ask: () => Promise<T | null>,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    const ended = needed.find((process) => !process.isRunning());
    if (ended !== undefined) {
      throw new EndedEarly(`${ended.name} ended (${await ended.exited}) before it was ready; ${await tail(ended)}`);
    }
    if (performance.now() > end) {
      throw new Error(`${needed[0].name} was not ready within ${timeoutMs / 1000} s; ${await tail(needed[0])}`);
    }
    await Promise.race([delay(ASK_AGAIN_MS), ...needed.map(async (process) => process.exited)]);
  }
}

async function tail(process: GuardedProcess): Promise<string> {
  return `its log is ${process.logPath}, at last:\n${await lastLines(process.logPath, 15)}`;
}
