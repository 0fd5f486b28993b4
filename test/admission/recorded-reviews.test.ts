// Reviews as a real API server sends them (reviews/README.md), answered and applied.
import { readFileSync } from "node:fs";
import jsonPatch, { type Operation } from "fast-json-patch";
import { describe, expect, it } from "vitest";
import type { Pod } from "../../src/engine/pod.ts";
import { answerTo, patchIn } from "./review-body.ts";

function recorded(file: string): Buffer {
  return readFileSync(new URL(`reviews/${file}`, import.meta.url));
}

function answer(uid: string, rest: string): string {
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${uid}","allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL3J1bnRpbWVDbGFzc05hbWUiLCJ2YWx1ZSI6ImthdGEtY2xoLXRocCJ9LHsib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2Fubm90YXRpb25zIiwidmFsdWUiOnt9fSx7Im9wIjoiYWRkIiwicGF0aCI6Ii9tZXRhZGF0YS9hbm5vdGF0aW9ucy9rYXRhLXRocC5kZXZ+MXN0YXR1cyIsInZhbHVlIjoie1wiZGVjaXNpb25cIjpcInBhdGNoXCIsXCJzZWxlY3Rpb25cIjpcInJ1bnRpbWUtY2xhc3NcIixcIm1vZGVcIjpcImVuZm9yY2VcIixcInZlcnNpb25cIjpcIjEuMi4zXCIsXCJmcm9tXCI6XCJrYXRhLWNsaFwifSJ9XQ==","auditAnnotations":{"mode":"enforce","decision":"patch","selection":"runtime-class"}${rest}}}`;
}

const BARE =
  ',"warnings":["kata-thp: the pod has no controller and its runtimeClassName was changed, so a second kubectl apply of the same manifest will fail: use a Deployment or Job"]';

describe("recorded reviews", () => {
  it.each([
    ["pod-by-replicaset.json", "6d17211f-4010-4995-8112-96cbbf5792aa", ""],
    ["pod-by-user.json", "15a76aa3-3bab-42d0-9d45-64d609d34257", BARE],
  ])(
    "%s is patched: class, status, and nothing else, as both classes bring the same along",
    async (file, uid, rest) => {
      const review = recorded(file);
      const { body, namespace } = await answerTo(review);
      expect(body).toBe(answer(uid, rest));
      expect(namespace).toBe("t");
      const { request } = JSON.parse(review.toString("utf8")) as { request: { object: Pod } };
      const operations = JSON.parse(patchIn(body) ?? "[]") as Operation[];
      expect(jsonPatch.applyPatch(structuredClone(request.object), operations, true).newDocument).toEqual({
        ...request.object,
        metadata: {
          ...request.object.metadata,
          annotations: {
            "kata-thp.dev/status":
              '{"decision":"patch","selection":"runtime-class","mode":"enforce","version":"1.2.3","from":"kata-clh"}',
          },
        },
        spec: { ...request.object.spec, runtimeClassName: "kata-clh-thp" },
      });
    },
  );
});
