// One list of a resource, page by page, without holding the event loop.
import type { ApiClient } from "./api-client.ts";
import { type Failure, malformed, toFailure, unreachable } from "./api-answer.ts";
import type { ApiObject, ObjectSink } from "./object-store.ts";
import { readText } from "./response-body.ts";
import { startTimeSlice } from "./time-slice.ts";
import { createWatchdog } from "./watchdog.ts";

export interface Listed {
  readonly kind: "listed";
  /** Where a watch goes on. */
  readonly resourceVersion: string;
  readonly objects: number;
  readonly pages: number;
}

/**
 * JSON.parse cannot be interrupted: 2 ms for this much, 5 where everything is busy. So pages are as small as it takes:
 * Nodes have 10 to 30 KB (images, managedFields).
 */
const PAGE_BYTES = 512 * 1024;
const FIRST_PAGE = 16;
const MOST_IN_A_PAGE = 100;
/** etcd takes objects of 1.5 MB: even sixteen of them with managedFields are read. */
const LONGEST_PAGE = 64 * 1024 * 1024;
/** The API server itself gives up on a list after 60 s (--request-timeout). */
const PAGE_MS = 30_000;

interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly ApiObject[] | null;
}

/**
 * Lists `path` into `sink`, which shows the list once it is complete. No resourceVersion is asked for: "0" would ignore
 * the limit and send everything in one answer (apiserver storage/cacher). Resolves always.
 */
export async function listPages(
  client: ApiClient,
  path: string,
  sink: ObjectSink,
  closing: AbortSignal,
): Promise<Listed | Failure> {
  const relist = sink.relist();
  const slice = startTimeSlice();
  const watchdog = createWatchdog(closing);
  let limit = FIRST_PAGE;
  let from = "";
  let objects = 0;
  try {
    for (let pages = 1; ; pages += 1) {
      watchdog.allow(PAGE_MS, `a page was not there after ${PAGE_MS / 1000} s`);
      const answer = await client.get(`${path}?limit=${limit}${from}`, watchdog.signal);
      if (answer.status !== 200) return await toFailure(answer);
      const text = await readText(answer.body, LONGEST_PAGE);
      await slice.rest();
      const page = parsePage(text);
      if (page === null) return malformed("200, but not a list in JSON");
      const items = page.items ?? [];
      for (const item of items) {
        if (slice.isOver()) await slice.rest();
        relist.add(item);
      }
      objects += items.length;
      const { resourceVersion, continue: next } = page.metadata ?? {};
      if (next === undefined || next === "") {
        if (resourceVersion === undefined) return malformed("200, but a list without a resourceVersion");
        relist.commit();
        return { kind: "listed", resourceVersion, objects, pages };
      }
      limit = pageSize(text.length, items.length);
      from = `&continue=${encodeURIComponent(next)}`;
    }
  } catch (error) {
    return unreachable(error);
  } finally {
    watchdog.stop();
  }
}

function pageSize(lastBytes: number, lastItems: number): number {
  const fitting = Math.floor((PAGE_BYTES * lastItems) / lastBytes);
  return Math.min(MOST_IN_A_PAGE, Math.max(1, fitting));
}

function parsePage(text: string): Page | null {
  try {
    return JSON.parse(text) as Page | null;
  } catch {
    return null;
  }
}
