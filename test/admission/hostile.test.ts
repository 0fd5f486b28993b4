// Bodies that a careless reader breaks on. Each one that has a uid is answered, and its pod passes.
import { describe, expect, it } from "vitest";
import { answerTo, ELIGIBLE, patchIn, reviewOf, UID } from "./review-body.ts";

const ALLOWED = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${UID}","allowed":true,`;
const NOT_A_POD = `${ALLOWED}"auditAnnotations":{"mode":"enforce","decision":"skip","reasons":"NotAPod"}}}`;
const POD = JSON.stringify(ELIGIBLE);

/** A review whose object is this text. */
function withPodText(text: string): string {
  return reviewOf("OBJECT").replace('"OBJECT"', () => text);
}

/** The eligible pod with these members first in its spec. */
function withSpec(members: string): string {
  return withPodText(POD.replace('"spec":{', () => `"spec":{${members},`));
}

async function patched(body: string): Promise<string> {
  const { status, body: answer } = await answerTo(body);
  expect(status).toBe(200);
  const { response } = JSON.parse(answer) as { response: { auditAnnotations: { decision: string } } };
  expect(response.auditAnnotations.decision).toBe("patch");
  return patchIn(answer) ?? "";
}

describe("mutate: keys that make prototypes", () => {
  it.each([
    ["__proto__ in the pod", withPodText('{"__proto__":{"spec":{"runtimeClassName":"kata-clh"}}}')],
    ["__proto__ beside a good pod", withPodText(POD.replace("{", '{"__proto__":{},'))],
    ["__proto__ in the spec", withSpec('"__proto__":{"polluted":true}')],
    ["__proto__ that is null", withSpec('"__proto__":null')],
    ["__proto__ in a list in a field that nothing reads", withSpec('"later":[[{"a":{"__proto__":1}}]]')],
    [
      "__proto__ as an annotation",
      withPodText(POD.replace('"metadata":{', '"metadata":{"annotations":{"__proto__":"x"},')),
    ],
    ["an escaped one", withSpec(String.raw`"\u005f_proto__":{}`)],
    ["constructor.prototype", withSpec('"constructor":{"prototype":{"polluted":true}}')],
  ])("%s: passes unpatched", async (_, body) => {
    const { body: answer, error } = await answerTo(body);
    expect(answer).toBe(NOT_A_POD);
    expect(error).toBeNull();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("constructor alone, as a label may be called, is nothing", async () => {
    const pod = POD.replace('"metadata":{', '"metadata":{"labels":{"constructor":"x","prototype":"y"},');
    expect(await patched(withPodText(pod))).toContain('"value":"kata-clh-thp"');
  });

  it("__proto__ outside the pod is not looked at", async () => {
    const body = reviewOf(ELIGIBLE).replace(
      '"request":{',
      '"__proto__":{"kind":"x"},"request":{"__proto__":{"uid":"y"},',
    );
    expect(await patched(body)).toContain('"value":"kata-clh-thp"');
  });
});

describe("mutate: deep nesting", () => {
  const LEVELS = 100_000;
  const lists = `${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`;
  const objects = `${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`;
  it.each([
    ["lists in a field that nothing reads", withSpec(`"later":${lists}`)],
    ["objects in a field that nothing reads", withSpec(`"later":${objects}`)],
    ["lists in a volume's source", withSpec(`"volumes":[{"name":"v","later":${lists}}]`)],
    ["lists outside the pod", reviewOf(ELIGIBLE).replace('"request":{', () => `"request":{"later":${lists},`)],
    ["objects outside the request", reviewOf(ELIGIBLE).replace("{", () => `{"later":${objects},`)],
  ])("%s: patched like any other", async (_, body) => {
    expect(await patched(body)).toContain('"value":"kata-clh-thp"');
  });

  it.each([
    ["lists for the object", withPodText(lists)],
    ["lists for the containers", withPodText(`{"spec":{"runtimeClassName":"kata-clh","containers":${lists}}}`)],
    ["objects for an annotation", withPodText(`{"metadata":{"annotations":{"a":${objects}}}}`)],
    ["__proto__ at the bottom", withSpec(`"later":${objects.replace("1", '{"__proto__":1}')}`)],
  ])("%s: passes unpatched", async (_, body) => {
    expect((await answerTo(body)).body).toBe(NOT_A_POD);
  });
});

describe("mutate: what JSON leaves open", () => {
  it("takes the last of two keys, like the API server's own decoder", async () => {
    const twice = POD.replace(
      '"runtimeClassName":"kata-clh"',
      '"runtimeClassName":"runc","runtimeClassName":"kata-clh"',
    );
    expect(await patched(withPodText(twice))).toContain('"value":"kata-clh-thp"');
    const other = POD.replace(
      '"runtimeClassName":"kata-clh"',
      '"runtimeClassName":"kata-clh","runtimeClassName":"runc"',
    );
    expect((await answerTo(withPodText(other))).body).toContain('"reasons":"NotTarget"');
    const uids = reviewOf(ELIGIBLE).replace('"uid":', '"uid":"first","uid":');
    expect((await answerTo(uids)).uid).toBe(UID);
  });

  it("never sends back what it has parsed: 64-bit numbers stay as they are", async () => {
    const body = withSpec(
      '"activeDeadlineSeconds":9223372036854775807,"terminationGracePeriodSeconds":9007199254740993',
    );
    const { body: answer } = await answerTo(body);
    expect(answer).not.toMatch(/9223372036854775|9007199254740/);
    // The operations name fields that are not there yet and single ones, so the API server keeps every other number as it has it.
    const operations = JSON.parse(patchIn(answer) ?? "[]") as { path: string }[];
    expect(operations.map(({ path }) => path)).toEqual([
      "/spec/runtimeClassName",
      "/spec/overhead",
      "/spec/nodeSelector",
      "/metadata/annotations",
      "/metadata/annotations/kata-thp.dev~1status",
    ]);
  });

  it("reads numbers beyond all bounds", async () => {
    expect(await patched(withSpec('"activeDeadlineSeconds":1e400,"priority":-1e-400'))).toContain("kata-clh-thp");
  });

  it("reads invalid UTF-8 as Go does, as the replacement character", async () => {
    const at = Buffer.from(reviewOf({ ...ELIGIBLE, metadata: { labels: { a: "MARK" } } }));
    const index = at.indexOf("MARK");
    const broken = Buffer.concat([at.subarray(0, index), Buffer.from([0xc3, 0x28, 0xff]), at.subarray(index + 4)]);
    const { status, decision } = await answerTo(broken);
    expect([status, decision?.kind]).toEqual([200, "patch"]);
  });

  it("reads lone surrogates and control characters in escapes", async () => {
    expect(await patched(withSpec(String.raw`"hostname":"\ud800\u0000\u2028"`))).toContain("kata-clh-thp");
  });

  it.each(['a"b\\c', "\u0000\u001f\u007f", "</script>", "ä\u2028\ud83d\ude00", "\ud800", "x".repeat(256), "__proto__"])(
    "sends the uid back as it came: %j",
    async (uid) => {
      const { body, uid: told } = await answerTo(reviewOf(ELIGIBLE, { uid }));
      expect(told).toBe(uid);
      expect((JSON.parse(body) as { response: { uid: string } }).response.uid).toBe(uid);
    },
  );
});

describe("mutate: large pods", () => {
  it("patches a pod of 1.3 MB", async () => {
    const env = Array.from({ length: 13_500 }, (_, index) => ({ name: `V${index}`, value: "x".repeat(70) }));
    const body = reviewOf({ ...ELIGIBLE, spec: { runtimeClassName: "kata-clh", containers: [{ name: "c", env }] } });
    expect(body.length).toBeGreaterThan(1_300_000);
    expect(await patched(body)).toContain('"value":"kata-clh-thp"');
  });

  it.each<[string, (index: number) => object]>([
    [
      "annotations",
      (index) => ({ metadata: { annotations: { [`io.katacontainers.config.hypervisor.k${index}`]: "1" } } }),
    ],
    [
      "volumes",
      (index) => ({ volume: { name: `v${index}`, emptyDir: {} }, mount: { name: `v${index}`, subPath: "a" } }),
    ],
    [
      "claims",
      (index) => ({
        volume: { name: `v${index}`, persistentVolumeClaim: { claimName: `c${index}` } },
        mount: { name: `v${index}` },
      }),
    ],
  ])("answers in time where the request is full of %s", async (_, make) => {
    const parts = Array.from({ length: 20_000 }, (__, index) => make(index)) as {
      metadata?: { annotations: object };
      volume?: object;
      mount?: object;
    }[];
    const annotations = Object.assign({}, ...parts.map((part) => part.metadata?.annotations ?? {})) as object;
    const volumes = parts.flatMap(({ volume }) => volume ?? []);
    const volumeMounts = parts.flatMap(({ mount }) => mount ?? []);
    const body = reviewOf({
      metadata: { annotations },
      spec: { runtimeClassName: "kata-clh", volumes, containers: [{ volumeMounts }] },
    });
    const before = performance.now();
    const { status, body: answer } = await answerTo(body);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(status).toBe(200);
    // However many findings there are, what is written and said stays short.
    expect(answer.length).toBeLessThan(2000);
  });
});
