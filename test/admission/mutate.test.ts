// Whole answers, byte by byte, with the patch decoded beside them.
import { describe, expect, it } from "vitest";
import type { Mode } from "../../src/engine/facts.ts";
import { answerTo, ELIGIBLE, patchIn, reviewOf, UID } from "./review-body.ts";

/** Every answer begins so: version and kind as sent, the uid, allowed. */
const ALLOWED = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${UID}","allowed":true,`;

function passedFor(reason: string, mode: Mode = "enforce"): string {
  return `${ALLOWED}"auditAnnotations":{"mode":"${mode}","decision":"skip","reasons":"${reason}"}}}`;
}

const BLOCKED = {
  metadata: { generateName: "web-", ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true }] },
  spec: {
    runtimeClassName: "kata-clh",
    volumes: [
      { name: "host", hostPath: { path: "/srv", type: "Directory" } },
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
      { name: "disk", persistentVolumeClaim: { claimName: "disk" } },
    ],
    containers: [{ volumeMounts: [{ name: "host" }, { name: "data" }], volumeDevices: [{ name: "disk" }] }],
  },
};

function ofClass(runtimeClassName: string): string {
  return reviewOf({ spec: { runtimeClassName } });
}

/** The reasons that the answer to the blocked pod gives. */
async function claimReasons(request: object, metadata: object): Promise<string> {
  const { body } = await answerTo(reviewOf({ ...BLOCKED, metadata }, request));
  return /"reasons":"([^"]*)"/.exec(body)?.[1] ?? "";
}

describe("mutate: a pod that can be read", () => {
  it("is patched", async () => {
    const { body, ...rest } = await answerTo(reviewOf(ELIGIBLE));
    expect(body).toBe(
      `${ALLOWED}"patchType":"JSONPatch","patch":"W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL3J1bnRpbWVDbGFzc05hbWUiLCJ2YWx1ZSI6ImthdGEtY2xoLXRocCJ9LHsib3AiOiJhZGQiLCJwYXRoIjoiL3NwZWMvb3ZlcmhlYWQiLCJ2YWx1ZSI6eyJjcHUiOiIyNTBtIiwibWVtb3J5IjoiMTMwTWkifX0seyJvcCI6ImFkZCIsInBhdGgiOiIvc3BlYy9ub2RlU2VsZWN0b3IiLCJ2YWx1ZSI6eyJrYXRhY29udGFpbmVycy5pby9rYXRhLXJ1bnRpbWUiOiJ0cnVlIn19LHsib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2Fubm90YXRpb25zIiwidmFsdWUiOnt9fSx7Im9wIjoiYWRkIiwicGF0aCI6Ii9tZXRhZGF0YS9hbm5vdGF0aW9ucy9rYXRhLXRocC5kZXZ+MXN0YXR1cyIsInZhbHVlIjoie1wiZGVjaXNpb25cIjpcInBhdGNoXCIsXCJzZWxlY3Rpb25cIjpcInJ1bnRpbWUtY2xhc3NcIixcIm1vZGVcIjpcImVuZm9yY2VcIixcInZlcnNpb25cIjpcIjEuMi4zXCIsXCJmcm9tXCI6XCJrYXRhLWNsaFwifSJ9XQ==","auditAnnotations":{"mode":"enforce","decision":"patch","selection":"runtime-class"}}}`,
    );
    expect(patchIn(body)).toBe(
      String.raw`[{"op":"replace","path":"/spec/runtimeClassName","value":"kata-clh-thp"},{"op":"add","path":"/spec/overhead","value":{"cpu":"250m","memory":"130Mi"}},{"op":"add","path":"/spec/nodeSelector","value":{"katacontainers.io/kata-runtime":"true"}},{"op":"add","path":"/metadata/annotations","value":{}},{"op":"add","path":"/metadata/annotations/kata-thp.dev~1status","value":"{\"decision\":\"patch\",\"selection\":\"runtime-class\",\"mode\":\"enforce\",\"version\":\"1.2.3\",\"from\":\"kata-clh\"}"}]`,
    );
    expect(rest).toMatchObject({
      status: 200,
      uid: UID,
      namespace: "team",
      dryRun: false,
      runtimeClass: "kata-clh",
      error: null,
    });
    expect(rest.decision?.kind).toBe("patch");
  });

  it("is left alone with its reasons", async () => {
    const { body } = await answerTo(reviewOf(BLOCKED));
    expect(body).toBe(
      `${ALLOWED}"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2Fubm90YXRpb25zIiwidmFsdWUiOnt9fSx7Im9wIjoiYWRkIiwicGF0aCI6Ii9tZXRhZGF0YS9hbm5vdGF0aW9ucy9rYXRhLXRocC5kZXZ+MXNraXBwZWQiLCJ2YWx1ZSI6Ikhvc3RQYXRoVm9sdW1lLEZpbGVzeXN0ZW1DbGFpbSJ9XQ==","auditAnnotations":{"mode":"enforce","decision":"skip","reasons":"HostPathVolume,FilesystemClaim"},"warnings":["kata-thp: HostPathVolume at spec.volumes[0].hostPath (Directory): A hostPath directory, or a device away from its own path, would be a copy or be missing. Use a configMap, emptyDir or block claim; for one file say type: File and readOnly.","kata-thp: FilesystemClaim at spec.volumes[1].persistentVolumeClaim (Filesystem): A PersistentVolumeClaim of volumeMode Filesystem would be a one-way copy: writes are lost. Use volumeMode Block with volumeDevices, or leave the pod on shared memory."]}}`,
    );
    expect(patchIn(body)).toBe(
      '[{"op":"add","path":"/metadata/annotations","value":{}},{"op":"add","path":"/metadata/annotations/kata-thp.dev~1skipped","value":"HostPathVolume,FilesystemClaim"}]',
    );
  });

  it("is put back, and the audit log has the reasons under a key of their own", async () => {
    const status = { decision: "patch", selection: "runtime-class", mode: "enforce", version: "1", from: "kata-clh" };
    const annotations = { "kata-thp.dev/status": JSON.stringify(status) };
    const spec = { ...BLOCKED.spec, runtimeClassName: "kata-clh-thp" };
    const { body } = await answerTo(reviewOf({ metadata: { ...BLOCKED.metadata, annotations }, spec }));
    const { response } = JSON.parse(body) as { response: { auditAnnotations: unknown } };
    const reasons = "HostPathVolume,FilesystemClaim";
    expect(response.auditAnnotations).toEqual({ mode: "enforce", decision: "skip", reasons, "put-back": reasons });
  });

  it("is only judged in observe mode", async () => {
    expect((await answerTo(reviewOf(ELIGIBLE), {}, "observe")).body).toBe(
      `${ALLOWED}"auditAnnotations":{"mode":"observe","decision":"patch","selection":"runtime-class"}}}`,
    );
    expect((await answerTo(reviewOf(BLOCKED), {}, "observe")).body).toBe(
      passedFor("HostPathVolume,FilesystemClaim", "observe"),
    );
  });

  it("tells of a dry run, and answers it like any other", async () => {
    const dry = await answerTo(reviewOf(ELIGIBLE, { dryRun: true }));
    expect(dry.dryRun).toBe(true);
    expect(dry.body).toBe((await answerTo(reviewOf(ELIGIBLE))).body);
  });

  it("tells the class only where the policy names it", async () => {
    expect((await answerTo(ofClass("kata-clh"))).runtimeClass).toBe("kata-clh");
    expect((await answerTo(ofClass("kata-clh-thp"))).runtimeClass).toBe("kata-clh-thp");
    expect((await answerTo(ofClass("tenant-text"))).runtimeClass).toBeNull();
  });

  it("takes the namespace from the request, else from the pod", async () => {
    const pod = { metadata: { namespace: "own" } };
    expect((await answerTo(reviewOf(pod))).namespace).toBe("team");
    // The claims are in namespace team.
    expect(await claimReasons({ namespace: "team" }, {})).toBe("HostPathVolume,FilesystemClaim");
    expect(await claimReasons({ namespace: undefined }, { namespace: "team" })).toBe("HostPathVolume,FilesystemClaim");
    expect(await claimReasons({ namespace: "other" }, { namespace: "team" })).toBe("HostPathVolume,ClaimModeUnknown");
    expect(await claimReasons({ namespace: undefined }, {})).toBe("HostPathVolume,ClaimModeUnknown");
  });
});

describe("mutate: a review of something else", () => {
  it.each<[string, string, string]>([
    ["no object", reviewOf(undefined), "NotAPod"],
    ["a null object", reviewOf(null), "NotAPod"],
    ["a list for an object", reviewOf([]), "NotAPod"],
    ["text for an object", reviewOf("pod"), "NotAPod"],
    ["an empty pod", reviewOf({}), "NotTarget"],
    [
      "an object of another kind",
      reviewOf({ spec: { template: {} } }, { kind: { group: "apps", version: "v1", kind: "Deployment" } }),
      "NotAPod",
    ],
    [
      "an object of another kind that looks like a pod",
      reviewOf(ELIGIBLE, { kind: { group: "", version: "v1", kind: "PodTemplate" } }),
      "NotAPod",
    ],
    ["no kind", reviewOf(ELIGIBLE, { kind: undefined }), "NotAPod"],
    ["a kind that is text", reviewOf(ELIGIBLE, { kind: "Pod" }), "NotAPod"],
    ["a pod that is none", reviewOf({ spec: { containers: "c" } }), "NotAPod"],
    ["UPDATE", reviewOf(ELIGIBLE, { operation: "UPDATE", oldObject: ELIGIBLE }), "NotCreate"],
    ["UPDATE of what is no pod", reviewOf({ spec: 1 }, { operation: "UPDATE" }), "NotCreate"],
    ["DELETE, whose object is null", reviewOf(null, { operation: "DELETE", oldObject: ELIGIBLE }), "NotCreate"],
    [
      "CONNECT",
      reviewOf(
        { kind: "PodExecOptions" },
        { operation: "CONNECT", subResource: "exec", kind: { group: "", version: "v1", kind: "PodExecOptions" } },
      ),
      "NotAPod",
    ],
    ["no operation", reviewOf(ELIGIBLE, { operation: undefined }), "NotCreate"],
    ["a subresource", reviewOf(ELIGIBLE, { subResource: "status" }), "NotAPod"],
    ["another class", reviewOf({ spec: { runtimeClassName: "runc" } }), "NotTarget"],
    [
      "an opted-out pod",
      reviewOf({ ...ELIGIBLE, metadata: { labels: { "kata-thp.dev/mode": "disabled" } } }),
      "OptedOut",
    ],
  ])("%s", async (_, body, reason) => {
    const mutation = await answerTo(body);
    expect(mutation.body).toBe(passedFor(reason));
    expect(mutation).toMatchObject({ status: 200, uid: UID, error: null });
    expect(mutation.decision?.findings.map((finding) => finding.reason)).toEqual([reason]);
  });
});
