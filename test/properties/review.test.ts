import fc from "fast-check";
import { expect, it } from "vitest";
import { mutate, type Mutation } from "../../src/admission/mutate.ts";
import type { Operation } from "../../src/engine/patch.ts";
import { MODES } from "../../src/engine/facts.ts";
import { applyStrictly } from "./api-server.ts";
import { VERSION } from "./call.ts";
import { CLUSTERS, readerOf } from "./cluster-arbitrary.ts";
import { pods } from "./pod-arbitrary.ts";
import { POLICIES } from "./policy-arbitrary.ts";
import { BODIES, reviewOf } from "./review-arbitrary.ts";

interface Answer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patch?: string;
    readonly patchType?: string;
    readonly auditAnnotations: Readonly<Record<string, string>>;
    readonly warnings?: readonly string[];
  };
}

/** The operations of an answer that the API server would take; throws for any other. */
function operationsIn({ body, uid }: Mutation): readonly Operation[] {
  const { apiVersion, kind, response } = JSON.parse(body) as Answer;
  expect({ apiVersion, kind }).toEqual({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" });
  expect(response).toMatchObject({ uid, allowed: true });
  expect(Object.values(response.auditAnnotations).every((value) => /^[A-Za-z,-]+$/.test(value))).toBe(true);
  expect(response.patchType).toBe(response.patch === undefined ? undefined : "JSONPatch");
  for (const warning of response.warnings ?? []) expect(warning).toMatch(/^kata-thp: [^\p{Cc}]{1,246}$/u);
  return response.patch === undefined
    ? []
    : (JSON.parse(Buffer.from(response.patch, "base64").toString("utf8")) as Operation[]);
}

it("answers every body with an allowed review or a sentence", async () => {
  const counts = { review: 0, sentence: 0, patched: 0 };
  await fc.assert(
    fc.asyncProperty(BODIES, POLICIES, CLUSTERS, fc.constantFrom(...MODES), async (body, policy, cluster, mode) => {
      const before = Buffer.from(body);
      const mutation = await mutate([body], mode, 10_000, { reader: readerOf(cluster), policy, version: VERSION });
      expect(body.equals(before)).toBe(true);
      // Nothing that a body can hold is an error of ours.
      expect(mutation.error).toBeNull();
      if (mutation.status !== 200) {
        counts.sentence += 1;
        expect(mutation.status).toBe(400);
        expect(mutation.body).toMatch(/^[A-Za-z].{10,160}\.$/);
        expect(mutation.uid).toBeNull();
        return;
      }
      counts.review += 1;
      const { request } = JSON.parse(body.toString("utf8")) as { request: { uid: string; object?: unknown } };
      expect(mutation.uid).toBe(request.uid);
      const operations = operationsIn(mutation);
      if (operations.length > 0) counts.patched += 1;
      applyStrictly(request.object, operations);
      if (mode === "observe") expect(operations).toEqual([]);
    }),
    { numRuns: 1500 },
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(50);
});

const MARKER = "tenantmarker";

it("repeats no text of a tenant's", async () => {
  // Everything that a tenant may choose holds the marker; only lower-case letters, so that no pattern keeps it out.
  const text = fc.constantFrom(MARKER, `${MARKER}x`, `x${MARKER}`);
  let warned = 0;
  await fc.assert(
    fc.asyncProperty(
      pods(text),
      POLICIES,
      CLUSTERS,
      fc.constantFrom("CREATE", "CREATE", "CREATE", "UPDATE", MARKER),
      async (pod, policy, cluster, operation) => {
        const body = reviewOf(pod, operation).replace(
          '"namespace":"team"',
          `"namespace":"${MARKER}","name":"${MARKER}","userInfo":{"username":"${MARKER}"}`,
        );
        const everySetting = { ...policy, status: { ...policy.status, warn: true } };
        const mutation = await mutate([Buffer.from(body)], "enforce", 10_000, {
          reader: readerOf(cluster),
          policy: everySetting,
          version: VERSION,
        });
        const operations = operationsIn(mutation);
        expect(mutation.body).not.toContain(MARKER);
        expect(JSON.stringify(operations)).not.toContain(MARKER);
        if (mutation.body.includes('"warnings"')) warned += 1;
      },
    ),
    { numRuns: 1200 },
  );
  expect(warned).toBeGreaterThan(100);
});
