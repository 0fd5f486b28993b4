// The loop of lists and watches under answers that a real API server gives rarely or never.
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createApiClient } from "../../src/cluster/api-client.ts";
import type { ClusterEvent } from "../../src/cluster/cluster-event.ts";
import { createRuntimeClassIndex, type RuntimeClassIndex } from "../../src/cluster/runtime-class-index.ts";
import { createWatchCache, type WatchCache } from "../../src/cluster/watch-cache.ts";
import { listOf, type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

interface Started {
  readonly server: ScriptedServer;
  readonly index: RuntimeClassIndex;
  readonly cache: WatchCache;
  readonly events: ClusterEvent[];
  /** Resolves when the events so far fulfil `is`. */
  readonly until: (is: (events: readonly ClusterEvent[]) => boolean) => Promise<void>;
}

const started: Started[] = [];

afterEach(async () => {
  for (const { cache, server } of started.splice(0)) {
    await cache.close();
    await server.close();
  }
});

/** `list` and `watch` answer the number of that request, counted from 0. */
async function start(
  list: (count: number, response: ServerResponse, path: string) => void,
  watch: (count: number, response: ServerResponse, path: string) => void,
  monotonicMs: () => number = () => performance.now(),
): Promise<Started> {
  const counts = { list: 0, watch: 0 };
  const server = await startScriptedServer((path, response) => {
    if (path.includes("watch=1")) watch(counts.watch++, response, path);
    else list(counts.list++, response, path);
  });
  const index = createRuntimeClassIndex();
  const events: ClusterEvent[] = [];
  const looks = new Set<() => void>();
  const cache = createWatchCache({
    resource: "runtimeclasses",
    client: createApiClient({ connection: server.connection, userAgent: "test", maxConnections: 2 }),
    sink: index.sink,
    maxStalenessMs: 60_000,
    monotonicMs,
    random: () => 0.01,
    onEvent(event) {
      events.push(event);
      for (const look of looks) look();
    },
  });
  const until: Started["until"] = async (is) => {
    if (is(events)) return;
    await new Promise<void>((resolve) => {
      looks.add(() => {
        if (is(events)) resolve();
      });
    });
  };
  const all = { server, index, cache, events, until };
  started.push(all);
  cache.start();
  return all;
}

const listOnce = (_count: number, response: ServerResponse): void =>
  sendJson(response, 200, listOf(["a"], { resourceVersion: "10" }));
const stayOpen = (response: ServerResponse): void => {
  response.writeHead(200);
  response.flushHeaders();
};
const causes = (events: readonly ClusterEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "listed" ? [event.cause] : []));
const failures = (events: readonly ClusterEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "failed" ? [event.why] : []));

describe("a watch", () => {
  it("goes on from the list, and from the last event after it ended", async () => {
    const { server, until, index } = await start(listOnce, (count, response) => {
      stayOpen(response);
      if (count > 0) return;
      const object = { metadata: { name: "b", resourceVersion: "11" }, handler: "h" };
      response.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
      response.end(`${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } })}\n`);
    });
    await until((events) => events.filter(({ kind }) => kind === "watching").length === 2);
    const versions = server.requests.flatMap((path) => /resourceVersion=(\d+)/.exec(path)?.[1] ?? []);
    expect(versions).toEqual(["10", "12"]);
    expect(server.requests[1]).toMatch(/allowWatchBookmarks=true.*timeoutSeconds=2\d$/);
    expect(index.get("b")).toMatchObject({ name: "b" });
  });

  it.each([
    ["an ERROR event with 410", { type: "ERROR", object: { code: 410, message: "too old" } }, "gone"],
    ["an ERROR event with 500", { type: "ERROR", object: { code: 500, message: "broken" } }, "failed"],
    ["what is no event", { type: "PARTY", object: {} }, "failed"],
    ["an object without a name", { type: "ADDED", object: { metadata: { resourceVersion: "11" } } }, "failed"],
    ["an event without a resourceVersion", { type: "ADDED", object: { metadata: { name: "b" } } }, "failed"],
    ["what is no JSON", "<html>", "failed"],
  ])("is followed by a list after %s", async (_what, line, cause) => {
    const { until, events } = await start(listOnce, (count, response) => {
      stayOpen(response);
      if (count === 0) response.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
    });
    await until((all) => causes(all).length === 2);
    expect(causes(events)).toEqual(["start", cause]);
    expect(failures(events)).toHaveLength(1);
  });

  it("that is closed at once, again and again, is not a loop without a pause", async () => {
    const { until, events } = await start(listOnce, (_count, response) => {
      stayOpen(response);
      response.end();
    });
    await until((all) => failures(all).length === 6);
    expect(failures(events)).toEqual(Array.from({ length: 6 }, () => "the watch was closed at once"));
    const pauses = events.flatMap((event) => (event.kind === "failed" ? [event.retryInMs] : []));
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160]);
  });

  it("that is refused after an outage does not wait as if the outage went on", async () => {
    const { until, events } = await start(listOnce, (count, response) => {
      // The first is repeated at once, because it was sent over the list's connection.
      if (count < 5) response.socket?.destroy();
      else if (count === 5) sendJson(response, 410, { message: "too old resource version" });
      else stayOpen(response);
    });
    await until((all) => causes(all).length === 2);
    const pauses = events.flatMap((event) => (event.kind === "failed" ? [event.retryInMs] : []));
    expect(pauses).toEqual([5, 10, 20, 40, 5]);
    expect(causes(events)).toEqual(["start", "gone"]);
  });

  it("that is not allowed any more leaves what was known to become too old", async () => {
    let nowMs = 0;
    const refuse = (count: number, response: ServerResponse): void => {
      if (count === 0) response.writeHead(200).end();
      else sendJson(response, 403, { kind: "Status", status: "Failure", message: "no", code: 403 });
    };
    const { cache, until } = await start(listOnce, refuse, () => nowMs);
    await until((events) => events.some(({ kind }) => kind === "forbidden"));
    expect(cache.unknown()).toBeNull();
    nowMs = 60_001;
    // Not "forbidden": that is said of what nobody was ever allowed to look at, and speaks against no pod.
    expect(cache.unknown()).toBe("stale");
    expect(cache.state().forbidden).toBe("watch");
  });

  it("that says something shows that the trouble before it is over", async () => {
    const { until, events } = await start(listOnce, (count, response) => {
      stayOpen(response);
      const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: "11" } } };
      response.end(count === 2 ? `${JSON.stringify(bookmark)}\n` : "");
    });
    await until((all) => failures(all).length === 5);
    const pauses = events.flatMap((event) => (event.kind === "failed" ? [event.retryInMs] : []));
    expect(pauses).toEqual([5, 10, 5, 10, 20]);
  });
});

describe("a list", () => {
  it("is made of pages, and shown when it is complete", async () => {
    const seen: (string | undefined)[] = [];
    const { server, until, index } = await start(
      (count, response) => {
        seen.push(index.get("page-0")?.name);
        const metadata = count < 2 ? { continue: `to/${count}` } : { resourceVersion: "10" };
        sendJson(response, 200, listOf([`page-${count}`], metadata));
      },
      (_count, response) => stayOpen(response),
    );
    await until((events) => causes(events).length === 1);
    expect(seen).toEqual([undefined, undefined, undefined]);
    expect(index.size()).toBe(3);
    expect(server.requests.slice(0, 3)).toEqual([
      "/apis/node.k8s.io/v1/runtimeclasses?limit=16",
      expect.stringMatching(/\?limit=100&continue=to%2F0$/),
      expect.stringMatching(/\?limit=100&continue=to%2F1$/),
    ]);
  });

  it("that breaks off in the middle changes nothing, and is begun anew", async () => {
    const { until, index, events, cache } = await start(
      (count, response) => {
        if (count === 0 || count === 3) sendJson(response, 200, listOf(["a", "b"], { resourceVersion: "10" }));
        else if (count === 1) sendJson(response, 200, listOf(["c"], { continue: "more" }));
        else sendJson(response, 410, { message: "The provided continue parameter is too old" });
      },
      (count, response) => {
        stayOpen(response);
        if (count === 0) response.write(`${JSON.stringify({ type: "ERROR", object: { code: 410 } })}\n`);
      },
    );
    await until((all) => failures(all).length === 2);
    expect(failures(events)[1]).toBe("410 The provided continue parameter is too old");
    expect(index.size()).toBe(2);
    expect(cache.unknown()).toBeNull();
    expect(cache.state()).toMatchObject({ problem: expect.stringContaining("list: 410") });
    await until((all) => causes(all).length === 2);
    expect(cache.state()).toMatchObject({ problem: null });
  });

  it.each([
    ["asks for patience", 429, { "retry-after": "1" }, 1_000],
    ["asks for more patience than is good", 503, { "retry-after": "3600" }, 30_000],
    ["is broken", 500, {}, 5],
  ])("waits when the API server %s", async (_what, status, headers, retryInMs) => {
    const { until, events, cache } = await start(
      (_count, response) => sendJson(response, status, { message: "no" }, headers),
      (_count, response) => stayOpen(response),
    );
    await until((all) => failures(all).length === 1);
    expect(events[0]).toMatchObject({ kind: "failed", verb: "list", why: `${status} no`, retryInMs });
    expect(cache.unknown()).toBe("not synced");
    expect(cache.state()).toMatchObject({ isSynced: false, ageMs: null });
  });

  it.each([
    ["no JSON", "<html>"],
    ["no object", "null"],
    ["no resourceVersion", '{"items":[]}'],
  ])("is refused when it is %s", async (_what, body) => {
    const { until, events } = await start(
      (_count, response) => void response.end(body),
      (_count, response) => stayOpen(response),
    );
    await until((all) => failures(all).length === 1);
    expect(failures(events)[0]).toMatch(/^200, but /);
  });
});

it("closes in the middle of whatever it does", async () => {
  const { cache, events, server } = await start(
    (_count, response) => {
      response.writeHead(200);
      response.write('{"items":[');
    },
    (_count, response) => stayOpen(response),
  );
  await expect.poll(() => server.requests.length).toBe(1);
  await cache.close();
  expect(events).toEqual([]);
});
