// The reader's part: what it throws, and how long it is given.
import { describe, expect, it } from "vitest";
import { mutate } from "../../src/admission/mutate.ts";
import { known } from "../../src/engine/facts.ts";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { answerTo, DEPS, ELIGIBLE, reviewOf, UID } from "./review-body.ts";

const INTERNAL_ERROR = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${UID}","allowed":true,"auditAnnotations":{"mode":"enforce","decision":"skip","reasons":"InternalError"}}}`;
const WITH_CLAIM = {
  spec: {
    runtimeClassName: "kata-clh",
    volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
    containers: [{ volumeMounts: [{ name: "d" }] }],
  },
};

function readerWith(part: Partial<ClusterReader>): ClusterReader {
  return { ...DEPS.reader, ...part };
}

describe("mutate: a reader that fails", () => {
  const boom = new Error("boom");
  const fail = (): never => {
    throw boom;
  };
  it.each<[string, Partial<ClusterReader>]>([
    ["runtimeClass", { runtimeClass: fail }],
    ["variantsOf", { variantsOf: fail }],
    ["nodes", { nodes: fail }],
    ["claimMode, at once", { claimMode: fail }],
    ["claimMode, later", { claimMode: () => Promise.reject(boom) }],
  ])("%s: the pod passes, and the error is told", async (_, part) => {
    const mutation = await answerTo(reviewOf(WITH_CLAIM), { reader: readerWith(part) });
    expect(mutation.body).toBe(INTERNAL_ERROR);
    expect(mutation).toMatchObject({ status: 200, uid: UID, namespace: "team", runtimeClass: null });
    expect(mutation.error).toBe(boom);
    expect(mutation.decision?.findings).toEqual([{ reason: "InternalError", severity: "blocks", path: "" }]);
  });

  it("says in the answer nothing of the error", async () => {
    const reader = readerWith({
      nodes: () => {
        throw new Error("secret-of-the-cluster");
      },
    });
    expect((await answerTo(reviewOf(ELIGIBLE), { reader })).body).not.toContain("secret");
  });

  it("tells an error even where nothing was thrown that says one", async () => {
    for (const thrown of [undefined, null, 0, ""]) {
      const reader = readerWith({ claimMode: () => Promise.reject(thrown) });
      const { error, body } = await answerTo(reviewOf(WITH_CLAIM), { reader });
      expect(error).toBeInstanceOf(Error);
      expect(body).toBe(INTERNAL_ERROR);
    }
  });
});

function claim(name: string, claimName: string): object {
  return { name, persistentVolumeClaim: { claimName } };
}

describe("mutate: how long a claim may take", () => {
  // A reader that never came back would hold the pod up; keeping to its budget is the reader's own affair.
  it.each([
    [10_000, 500],
    [1000, 500],
    [999, 499.5],
    [200, 100],
    [0, 0],
    [null, 500],
  ])("of %s ms at most %s", async (timeoutMs, budgetMs) => {
    const budgets: number[] = [];
    const reader = readerWith({
      claimMode: (_, __, budget) => {
        budgets.push(budget);
        return Promise.resolve(known("Block"));
      },
    });
    await mutate([Buffer.from(reviewOf(WITH_CLAIM))], "enforce", timeoutMs, { ...DEPS, reader });
    expect(budgets).toEqual([budgetMs]);
  });

  it("asks once for each claim that a container uses, and for none of another pod's", async () => {
    const asked: string[] = [];
    const reader = readerWith({
      claimMode: (namespace, name) => {
        asked.push(`${namespace}/${name}`);
        return Promise.resolve(known("Block"));
      },
    });
    const volumes = [claim("a", "one"), claim("b", "one"), claim("c", "two"), claim("d", "unused"), claim("e", "")];
    const containers = [
      { volumeMounts: [{ name: "a" }, { name: "b" }, { name: "e" }], volumeDevices: [{ name: "c" }] },
    ];
    await answerTo(reviewOf({ spec: { runtimeClassName: "kata-clh", volumes, containers } }), { reader });
    expect(asked).toEqual(["team/one", "team/two"]);
    asked.length = 0;
    await answerTo(reviewOf({ spec: { runtimeClassName: "runc", volumes, containers } }), { reader });
    expect(asked).toEqual([]);
  });
});
