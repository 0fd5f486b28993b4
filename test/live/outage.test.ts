// The API server is gone, frozen or comes back: what is known goes on, grows old, and is renewed.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { known, unknown } from "../../src/engine/facts.ts";
import { type ControlPlane, startControlPlane } from "../apiserver/control-plane/start.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { claim, CLASSES, node, NODES, placement, runtimeClass } from "./objects.ts";
import { connectionTo, type ObservedReader, observeReader } from "./observed-reader.ts";

/** How often the API server is killed; the whole of the promise is 20. */
const RESTARTS = Number(process.env["RESTARTS"] ?? 2);
const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";

let plane: ControlPlane;
let writer: ApiWriter;
let live: ObservedReader;

beforeAll(async () => {
  plane = await startControlPlane();
  writer = await openApiWriter(plane.access.kubeconfigPath);
  await writer.send("POST", CLASSES, runtimeClass("kata-clh"));
  await writer.send("POST", NODES, node("first"));
  for (const name of ["early", "late"]) await writer.send("POST", CLAIMS, claim(name, "Block"));
}, 90_000);

afterAll(async () => {
  writer.close();
  await plane.stop();
});

beforeEach(async () => {
  live = observeReader(await connectionTo(plane.access.kubeconfigPath));
  await live.synced();
});

afterEach(async () => {
  await live.close();
});

const knows = ({ reader } = live): readonly string[] => [
  reader.runtimeClass("kata-clh").kind,
  reader.nodes(placement({}, "first")).kind,
];

it(
  `goes on from what it knows while the API server is killed ${RESTARTS} times, and is back within 10 s`,
  async () => {
    const jittered = observeReader(await connectionTo(plane.access.kubeconfigPath), { random: Math.random });
    await jittered.synced();
    let wrongAnswers = 0;
    const asking = setInterval(() => {
      if (knows(jittered).some((kind) => kind !== "known")) wrongAnswers += 1;
    }, 5);
    onTestFinished(async () => {
      clearInterval(asking);
      await jittered.close();
    });
    for (let round = 0; round < RESTARTS; round += 1) {
      // etcd goes on, so that what was seen last is too old for a watch after the restart.
      await writer.send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: `round-${round}` } });
      const from = jittered.events.length;
      await plane.stopApiserver("kill");
      await jittered.next("failed", ({ resource }) => resource === "runtimeclasses", from);
      await jittered.next("failed", ({ resource }) => resource === "nodes", from);
      expect(await jittered.reader.claimMode("default", `unknown-${round}`, 500)).toEqual(unknown("timeout"));

      await plane.startApiserver();
      const startedMs = performance.now();
      await writer.send("POST", CLASSES, runtimeClass(`round-${round}`));
      // The first watch may be refused only once it is open; a list that was needed is followed by one that is good.
      await jittered.next("listed", ({ resource, cause }) => resource === "runtimeclasses" && cause === "gone", from);
      await jittered.next("listed", ({ resource, cause }) => resource === "nodes" && cause === "gone", from);
      await expect.poll(() => jittered.reader.runtimeClass(`round-${round}`).kind, { timeout: 10_000 }).toBe("known");
      expect(performance.now() - startedMs).toBeLessThan(10_000);
    }
    expect(wrongAnswers).toBe(0);
  },
  20_000 + RESTARTS * 30_000,
);

it("says stale after two minutes for RuntimeClasses and ten for Nodes, and known again with the next word", async () => {
  live.skip(120_000 - 5_000);
  expect(knows()).toEqual(["known", "known"]);
  live.skip(5_000);
  expect(live.reader.runtimeClass("kata-clh")).toEqual(unknown("stale"));
  expect(live.reader.variantsOf("kata-clh")).toEqual(unknown("stale"));
  expect(live.reader.nodes(placement({}, "first")).kind).toBe("known");
  const stale = await live.next("stale", () => true, 0);
  expect(stale).toMatchObject({ resource: "runtimeclasses" });
  live.skip(480_000);
  expect(live.reader.nodes(placement({}, "first"))).toEqual(unknown("stale"));
  expect(live.syncState()).toMatchObject([{ state: "stale" }, { state: "stale" }]);
  // Once ready is ready: the pods are told, and another replica would know no more.
  expect(live.hasSynced()).toBe(true);

  await writer.send("POST", CLASSES, runtimeClass("word"));
  await live.next("watched", ({ name }) => name === "word", 0);
  expect(live.reader.runtimeClass("kata-clh")).toMatchObject(known({ name: "kata-clh" }));
  await live.next("fresh", ({ resource }) => resource === "runtimeclasses", 0);
  expect(live.reader.nodes(placement({}, "first"))).toEqual(unknown("stale"));
});

it("answers timeout within the budget while the API server is frozen, and all else from memory", async () => {
  expect(await live.reader.claimMode("default", "early", 5_000)).toEqual(known("Block"));
  const pids = plane.pids();
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    const startedMs = performance.now();
    const names = Array.from({ length: 100 }, (_, index) => `frozen-${index}`);
    const frozen = await Promise.all(names.map((name) => live.reader.claimMode("default", name, 300)));
    const tookMs = performance.now() - startedMs;
    expect(new Set(frozen.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(unknown("timeout"))]));
    expect(tookMs).toBeGreaterThanOrEqual(299);
    expect(tookMs).toBeLessThan(1_000);
    expect(await live.reader.claimMode("default", "early", 300)).toEqual(known("Block"));
    expect(knows()).toEqual(["known", "known"]);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  expect(await live.reader.claimMode("default", "late", 10_000)).toEqual(known("Block"));
});

it("notices a watch whose connection is dead, and lists", async () => {
  const shortLived = observeReader(await connectionTo(plane.access.kubeconfigPath), {
    maxStalenessMs: { runtimeclasses: 2_000, nodes: 600_000 },
  });
  await shortLived.synced();
  const from = shortLived.events.length;
  const pids = plane.pids();
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  // A watch of a second, and five more that the API server may take to end it.
  const failed = await shortLived.next("failed", ({ resource }) => resource === "runtimeclasses", from);
  for (const pid of pids) process.kill(pid, "SIGCONT");
  expect(failed.why).toContain("did not end the watch");
  await shortLived.next("listed", ({ resource }) => resource === "runtimeclasses", from);
  await shortLived.close();
});
