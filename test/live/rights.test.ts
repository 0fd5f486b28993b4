// What the webhook is allowed to do, and what it says and knows with one right less; the API server decides by RBAC.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { describeClusterEvent } from "../../src/cluster/cluster-event.ts";
import { type Right, RESOURCES, type Resource, type Verb } from "../../src/cluster/rights.ts";
import { known, unknown } from "../../src/engine/facts.ts";
import { kubeconfigFor } from "../apiserver/control-plane/access.ts";
import { type ApiWriter, openApiWriter } from "./api-writer.ts";
import { claim, placement } from "./objects.ts";
import { connectionTo, type ObservedReader, observeReader } from "./observed-reader.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly Resource[];
  readonly verbs: readonly Verb[];
}

const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const NAMESPACE = "rights";
/** Without any Node nothing is known of them. */
const NODE = "rights";
const access = inject("controlPlane");
let writer: ApiWriter;
let rules: readonly Rule[];

beforeAll(async () => {
  writer = await openApiWriter(access.kubeconfigPath);
  ({ rules } = parse(await readFile(join(import.meta.dirname, "cluster-role.yaml"), "utf8")) as { rules: Rule[] });
  await writer.send("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  await writer.send("POST", `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`, claim("block", "Block"));
  await writer.send("POST", "/api/v1/nodes", { metadata: { name: NODE } });
});

afterAll(async () => {
  await writer.send("DELETE", `/api/v1/nodes/${NODE}`);
  writer.close();
});

/** Gives a user of that name all rights but one, and a reader that is this user. */
async function readerOf(user: string, without: Right | null): Promise<ObservedReader> {
  const given = rules.map((rule) => ({
    ...rule,
    verbs: rule.verbs.filter((verb) => verb !== without?.verb || !rule.resources.includes(without.resource)),
  }));
  await writer.send("POST", ROLES, { metadata: { name: user }, rules: given.filter(({ verbs }) => verbs.length > 0) });
  await writer.send("POST", BINDINGS, {
    metadata: { name: user },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
  return observeReader(await connectionTo(await kubeconfigFor(access, { user })));
}

/** Asks everything that a review asks. */
async function answers({ reader }: ObservedReader): Promise<unknown> {
  const { kind: classes, ...classesWhy } = reader.variantsOf("nothing-is");
  const { kind: nodes, ...nodesWhy } = reader.nodes(placement({}, "nowhere"));
  return {
    runtimeclasses: classes === "known" ? classes : classesWhy,
    nodes: nodes === "known" ? nodes : nodesWhy,
    persistentvolumeclaims: await reader.claimMode(NAMESPACE, "block", 5_000),
  };
}

const ALL = { runtimeclasses: "known", nodes: "known", persistentvolumeclaims: known("Block") };

describe("under RBAC", () => {
  it("needs exactly the fixture's ClusterRole", async () => {
    expect(rules).toEqual(
      Object.entries(RESOURCES).map(([resource, { group, verbs }]) => ({
        apiGroups: [group],
        resources: [resource],
        verbs,
      })),
    );
    const live = await readerOf("has-all", null);
    await live.synced();
    expect(await answers(live)).toEqual(ALL);
    expect(live.events.filter(({ kind }) => kind === "forbidden")).toEqual([]);
    await live.close();
  });

  it.each([
    { verb: "list", resource: "runtimeclasses" },
    { verb: "watch", resource: "runtimeclasses" },
    { verb: "list", resource: "nodes" },
    { verb: "watch", resource: "nodes" },
  ] as const)("says what to add without $verb $resource, and goes on when it is given", async (right) => {
    const { verb, resource } = right;
    const user = `lacks-${verb}-${resource}`;
    const live = await readerOf(user, right);
    // A role that is just made counts a moment later, so that for other rights it may say the same first.
    const forbidden = await live.next(
      "forbidden",
      (event) => event.right.verb === verb && event.right.resource === resource,
      0,
    );
    await live.next("watching", (event) => event.resource !== resource, 0);

    expect(forbidden).toMatchObject({ right, isNew: true, said: expect.stringContaining(`cannot ${verb} resource`) });
    const { level, message } = describeClusterEvent(forbidden);
    expect(level).toBe("error");
    expect(message).toContain(`does not let us ${verb} ${resource}: 403`);
    expect(message).toContain(`resources: [${resource}], verbs: [list, watch]}`);
    expect(await answers(live)).toEqual({ ...ALL, [resource]: { why: "forbidden" } });
    // It serves: pods are told why they are left alone.
    expect(live.hasSynced()).toBe(true);
    expect(live.syncState()).toContainEqual(expect.objectContaining({ resource, state: "forbidden", forbidden: verb }));

    await writer.send("PUT", `${ROLES}/${user}`, { metadata: { name: user }, rules });
    await live.next("allowed", (event) => event.right.verb === verb, 0);
    await live.next("watching", (event) => event.resource === resource, 0);
    expect(await answers(live)).toEqual(ALL);
    await live.close();
  });

  it("says what to add without get persistentvolumeclaims", async () => {
    const live = await readerOf("lacks-get", { verb: "get", resource: "persistentvolumeclaims" });
    await live.synced();

    expect(await answers(live)).toEqual({ ...ALL, persistentvolumeclaims: unknown("forbidden") });
    const forbidden = await live.next("forbidden", () => true, 0);
    expect(describeClusterEvent(forbidden)).toEqual({
      level: "error",
      message: expect.stringContaining('- {apiGroups: [""], resources: [persistentvolumeclaims], verbs: [get]}'),
    });

    // Answered from memory for ten seconds: a missing right must not cost a request for every pod.
    await live.reader.claimMode(NAMESPACE, "block", 5_000);
    expect(live.events.filter(({ kind }) => kind === "forbidden")).toHaveLength(1);
    await writer.send("PUT", `${ROLES}/lacks-get`, { metadata: { name: "lacks-get" }, rules });
    await expect
      .poll(async () => {
        live.skip(10_000);
        return live.reader.claimMode(NAMESPACE, "block", 5_000);
      })
      .toEqual(known("Block"));
    await live.close();
  });

  it("goes on with what it knows when a right is lost, until that is stale", async () => {
    const live = await readerOf("loses-list", null);
    await live.synced();
    await writer.send("PUT", `${ROLES}/loses-list`, { metadata: { name: "loses-list" }, rules: [] });
    live.skip(119_000);
    expect(await answers(live)).toMatchObject({ runtimeclasses: "known", nodes: "known" });
    live.skip(2_000);
    expect(await answers(live)).toMatchObject({ runtimeclasses: { why: "stale" }, nodes: "known" });
    await live.close();
  });
});
