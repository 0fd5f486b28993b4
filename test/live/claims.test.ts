// Volume modes of claims: what is there, what is not, and who may not ask. test/live/outage.test.ts has the time.
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { known, unknown } from "../../src/engine/facts.ts";
import { kubeconfigFor } from "../apiserver/control-plane/access.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { claim } from "./objects.ts";
import { connectionTo, type ObservedReader, observeReader } from "./observed-reader.ts";

const NAMESPACE = "claims";
const CLAIMS = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
const BUDGET_MS = 5_000;
const access = inject("controlPlane");
let writer: ApiWriter;
let live: ObservedReader;

beforeAll(async () => {
  writer = await openApiWriter(access.kubeconfigPath);
  await writer.send("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  for (const mode of ["Block", "Filesystem"] as const)
    await writer.send("POST", CLAIMS, claim(mode.toLowerCase(), mode));
  live = observeReader(await connectionTo(access.kubeconfigPath));
});

afterAll(async () => {
  await live.close();
  writer.close();
});

const mode = async (name: string): Promise<unknown> => live.reader.claimMode(NAMESPACE, name, BUDGET_MS);

it("knows Block and Filesystem, and what is not there", async () => {
  expect(await mode("block")).toEqual(known("Block"));
  expect(await mode("filesystem")).toEqual(known("Filesystem"));
  expect(await mode("absent")).toEqual(unknown("not found"));
});

it("finds a claim that was absent as soon as it is there", async () => {
  expect(await mode("late")).toEqual(unknown("not found"));
  await writer.send("POST", CLAIMS, claim("late", "Block"));
  expect(await mode("late")).toEqual(known("Block"));
});

it("sees within five seconds that a Block claim was made anew as Filesystem", async () => {
  await writer.send("POST", CLAIMS, claim("anew", "Block"));
  expect(await mode("anew")).toEqual(known("Block"));
  await writer.send("DELETE", `${CLAIMS}/anew`);
  // pvc-protection has a finalizer on it, which only the controller-manager takes away.
  await writer.send("PATCH", `${CLAIMS}/anew`, { metadata: { finalizers: null } });
  await writer.send("POST", CLAIMS, claim("anew", "Filesystem"));
  live.skip(5_000);
  expect(await mode("anew")).toEqual(known("Filesystem"));
});

it("answers again from memory, and asks once for those who ask together", async () => {
  await writer.send("POST", CLAIMS, claim("shared", "Filesystem"));
  const from = live.events.length;
  const together = await Promise.all(Array.from({ length: 100 }, async () => mode("shared")));
  expect(new Set(together.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(known("Filesystem"))]));
  await mode("shared");
  const asked = live.events.slice(from).filter((event) => event.kind === "claim");
  expect(asked.map(({ isCached }) => isCached)).toEqual([...Array.from({ length: 100 }, () => false), true]);
});

it.each(["..", "a/b", "a?b", "A", "-a", "a.", "", "a".repeat(254), "ä", "a%2fb"])(
  "never sends %j to the API server",
  async (name) => {
    expect(await mode(name)).toEqual(unknown("not found"));
    expect(await live.reader.claimMode(name, "block", BUDGET_MS)).toEqual(unknown("not found"));
    expect(live.events.slice(-2)).toMatchObject([{ isCached: true }, { isCached: true }]);
  },
);

it("is forbidden for who may not ask, and says so once", async () => {
  const nobody = observeReader(await connectionTo(await kubeconfigFor(access, { user: "nobody" })));
  expect(await nobody.reader.claimMode(NAMESPACE, "block", BUDGET_MS)).toEqual(unknown("forbidden"));
  expect(await nobody.reader.claimMode(NAMESPACE, "filesystem", BUDGET_MS)).toEqual(unknown("forbidden"));
  const said = nobody.events.flatMap((event) =>
    event.kind === "forbidden" && event.right.verb === "get" ? [event.isNew] : [],
  );
  expect(said).toEqual([true, false]);
  await nobody.close();
});

it("is a timeout without a budget", async () => {
  expect(await live.reader.claimMode(NAMESPACE, "never-asked", 0)).toEqual(unknown("timeout"));
});
