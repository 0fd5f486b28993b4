// One watch of a resource, from a resourceVersion until it ends.
import type { ApiClient } from "./api-client.ts";
import { errorEventFailure, type Failure, malformed, toFailure, unreachable } from "./api-answer.ts";
import type { ApiObject, ObjectSink } from "./object-store.ts";
import { readLines } from "./response-body.ts";
import { startTimeSlice } from "./time-slice.ts";
import { createWatchdog } from "./watchdog.ts";

export interface WatchOptions {
  readonly client: ApiClient;
  readonly path: string;
  readonly resourceVersion: string;
  /** The API server ends the watch after these. */
  readonly lifeSeconds: number;
  readonly sink: ObjectSink;
  readonly closing: AbortSignal;
  readonly onOpen: () => void;
  /** After an event was taken in; bookmarks too. `name` is the object's, "" for a bookmark. */
  readonly onEvent: (type: WatchEventType, name: string) => void;
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

export interface EndedWatch {
  /** Where the next watch goes on. */
  readonly resourceVersion: string;
  readonly events: number;
  readonly livedMs: number;
  /** null: the API server ended it in its time. */
  readonly failure: Failure | null;
}

interface WatchLine {
  readonly type?: unknown;
  readonly object?: { readonly metadata?: { readonly name?: unknown; readonly resourceVersion?: unknown } };
}

const OPENING_MS = 15_000;
/** How long after its time an API server has the watch ended, however busy it is. */
const GRACE_MS = 5_000;
/** An object of etcd's 1.5 MB is longer in JSON. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Watches until the API server ends it, or something fails. A connection that died without a word would say nothing for
 * ever, which is how informers stall; here it lasts for `lifeSeconds` and a little. Resolves always.
 */
export async function watchFrom(options: WatchOptions): Promise<EndedWatch> {
  const { client, path, lifeSeconds, sink, closing, onOpen, onEvent } = options;
  let { resourceVersion } = options;
  let events = 0;
  const startedMs = performance.now();
  const ended = (failure: Failure | null): EndedWatch => ({
    resourceVersion,
    events,
    livedMs: performance.now() - startedMs,
    failure,
  });
  let isOpen = false;
  const watchdog = createWatchdog(closing);
  const slice = startTimeSlice();
  try {
    watchdog.allow(OPENING_MS, `a watch was not open after ${OPENING_MS / 1000} s`);
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}&timeoutSeconds=${lifeSeconds}`;
    const answer = await client.get(`${path}?${query}`, watchdog.signal);
    if (answer.status !== 200) return ended(await toFailure(answer));
    isOpen = true;
    onOpen();
    watchdog.allow(lifeSeconds * 1000 + GRACE_MS, `the API server did not end the watch after ${lifeSeconds} s`);
    for await (const line of readLines(answer.body, LONGEST_LINE)) {
      if (slice.isOver()) await slice.rest();
      const { type, object } = parseLine(line);
      if (type === "ERROR") return ended(errorEventFailure(object));
      const metadata = object?.metadata;
      if (!isEventType(type) || typeof metadata?.resourceVersion !== "string") {
        return ended(malformed("the watch sent what is no event"));
      }
      const name = typeof metadata.name === "string" ? metadata.name : "";
      if (name === "" && type !== "BOOKMARK") return ended(malformed("the watch sent an object without a name"));
      if (type === "DELETED") sink.remove(name);
      else if (type !== "BOOKMARK") sink.put(object as unknown as ApiObject);
      resourceVersion = metadata.resourceVersion;
      events += 1;
      onEvent(type, name);
    }
    return ended(null);
  } catch (error) {
    const isSilent = isOpen && error === watchdog.signal.reason;
    return ended(isSilent ? { kind: "silent", why: (error as Error).message } : unreachable(error));
  } finally {
    watchdog.stop();
  }
}

function parseLine(line: string): WatchLine {
  try {
    return (JSON.parse(line) as WatchLine | null) ?? {};
  } catch {
    return {};
  }
}

function isEventType(type: unknown): type is WatchEventType {
  return type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK";
}
