// What a live reader knows of RuntimeClasses and Nodes, against a real API server.
import { afterAll, beforeAll, expect, it } from "vitest";
import { known, unknown } from "../../src/engine/facts.ts";
import { type ControlPlane, startControlPlane } from "../apiserver/control-plane/start.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { CLASSES, node, NODES, placement, runtimeClass } from "./objects.ts";
import { connectionTo, type ObservedReader, observeReader } from "./observed-reader.ts";

let plane: ControlPlane;
let writer: ApiWriter;

beforeAll(async () => {
  plane = await startControlPlane();
  writer = await openApiWriter(plane.access.kubeconfigPath);
}, 90_000);

afterAll(async () => {
  writer.close();
  await plane.stop();
});

async function withReader(use: (live: ObservedReader) => Promise<void>): Promise<void> {
  const live = observeReader(await connectionTo(plane.access.kubeconfigPath));
  try {
    await use(live);
  } finally {
    await live.close();
  }
}

it("knows nothing before it is synced, and then what is there", async () => {
  await writer.send("POST", CLASSES, runtimeClass("kata-clh"));
  await writer.send("POST", CLASSES, runtimeClass("kata-clh-thp", "kata-clh"));
  await withReader(async (live) => {
    expect(live.reader.runtimeClass("kata-clh")).toEqual(unknown("not synced"));
    expect(live.reader.nodes(placement({}))).toEqual(unknown("not synced"));
    expect(live.hasSynced()).toBe(false);

    await live.synced();

    expect(live.hasSynced()).toBe(true);
    expect(live.reader.runtimeClass("kata-clh")).toMatchObject(known({ name: "kata-clh", handler: "kata-clh" }));
    expect(live.reader.runtimeClass("absent")).toEqual(unknown("not found"));
    expect(live.reader.variantsOf("kata-clh")).toMatchObject(known([{ name: "kata-clh-thp" }]));
    expect(live.syncState()).toMatchObject([
      { resource: "runtimeclasses", state: "known", objects: 2, forbidden: null, problem: null },
      { resource: "nodes", state: "known", objects: 0, forbidden: null, problem: null },
    ]);
  });
});

it("sees RuntimeClasses come, change and go", async () => {
  await withReader(async (live) => {
    await live.synced();
    const seen = async (type: string): Promise<unknown> =>
      live.next("watched", (event) => event.type === type && event.name === "comes");

    const added = seen("ADDED");
    await writer.send("POST", CLASSES, runtimeClass("comes"));
    await added;
    expect(live.reader.runtimeClass("comes")).toMatchObject(known({ variantOf: null }));

    const modified = seen("MODIFIED");
    const annotations = { "kata-thp.dev/variant-of": "target" };
    await writer.send("PATCH", `${CLASSES}/comes`, { metadata: { annotations } });
    await modified;
    expect(live.reader.variantsOf("target")).toMatchObject(known([{ name: "comes" }]));

    const deleted = seen("DELETED");
    await writer.send("DELETE", `${CLASSES}/comes`);
    await deleted;
    expect(live.reader.runtimeClass("comes")).toEqual(unknown("not found"));
    expect(live.reader.variantsOf("target")).toEqual(known([]));
  });
});

it("lists 250 nodes in pages, and sees nodes change and go", async () => {
  const names = Array.from({ length: 250 }, (_, index) => `paged-${index}`);
  await Promise.all(names.map((name) => writer.send("POST", NODES, node(name, { pool: "paged" }))));
  await withReader(async (live) => {
    await live.synced();
    const listed = await live.next("listed", ({ resource }) => resource === "nodes", 0);
    expect(listed).toMatchObject({ cause: "start", objects: 250 });
    // The first page is small, and none has more than 100.
    expect(listed.pages).toBeGreaterThanOrEqual(4);
    // The API server taints a node that was never ready, which is why these ask for one by name.
    const counted = (name: string): unknown => live.reader.nodes(placement({}, name));
    expect(counted("paged-249")).toEqual(known([{ nodes: 1, runtimeHandlers: null, report: null }]));

    const changed = live.next("watched", ({ type, name }) => type === "MODIFIED" && name === "paged-7");
    const runtimeHandlers = [{ name: "" }, { name: "kata-clh-thp" }];
    await writer.send("PATCH", `${NODES}/paged-7/status`, { status: { runtimeHandlers } });
    await changed;
    expect(counted("paged-7")).toEqual(known([{ nodes: 1, runtimeHandlers: ["", "kata-clh-thp"], report: null }]));

    const gone = live.next("watched", ({ type, name }) => type === "DELETED" && name === "paged-7");
    await writer.send("DELETE", `${NODES}/paged-7`);
    await gone;
    expect(counted("paged-7")).toEqual(known([]));
    expect(live.syncState()[1]).toMatchObject({ objects: 249 });
  });
});

it("counts a node whose labels are too long as one that says nothing, wherever its labels would put it", async () => {
  const labels = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`label-${index}`, "x".repeat(63)]));
  await writer.send("POST", NODES, node("huge", { ...labels, huge: "yes" }));
  await withReader(async (live) => {
    await live.synced();
    const unread = await live.next("unreadable", () => true, 0);
    expect(unread).toMatchObject({ node: "huge", why: expect.stringContaining("at most 16384") });
    expect(live.reader.nodes(placement({ huge: "no" }))).toEqual(
      known([{ nodes: 1, runtimeHandlers: null, report: null }]),
    );
    expect(live.reader.nodes(placement({}, "another"))).toEqual(known([]));

    const changed = live.next("watched", ({ name }) => name === "huge");
    await writer.send("PATCH", `${NODES}/huge`, {
      metadata: { labels: Object.fromEntries(Object.keys(labels).map((key) => [key, null])) },
      spec: { taints: [] },
    });
    await changed;
    expect(live.reader.nodes(placement({ huge: "no" }))).toEqual(known([]));
    expect(live.reader.nodes(placement({ huge: "yes" }))).toMatchObject(known([{ nodes: 1 }]));
  });
});

it("lists again where a watch of a quiet resource said nothing", async () => {
  const options = { maxStalenessMs: { runtimeclasses: 2_000, nodes: 600_000 } };
  const live = observeReader(await connectionTo(plane.access.kubeconfigPath), options);
  const listed = await live.next("listed", ({ resource, cause }) => resource === "runtimeclasses" && cause !== "start");
  expect(listed.cause).toBe("silent");
  await live.close();
});
