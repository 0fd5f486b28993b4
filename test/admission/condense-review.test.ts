import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { condenseReview } from "../../src/admission/condense-review.ts";
import { LONGEST_TEXT } from "../../src/admission/scanned-text.ts";
import { RECORDED } from "../properties/review-arbitrary.ts";
import { damaged, DAMAGES, JSON_TEXTS } from "./json-text.ts";
import { reviewOf } from "./review-body.ts";

type Shape = true | readonly [Shape] | { readonly [key: string]: Shape };

/** What is kept, said once more by other means: whole values, members by name, or the same of each element. */
const CONTAINERS = [
  {
    name: true,
    ports: [{ hostPort: true }],
    securityContext: { runAsUser: true, runAsNonRoot: true },
    volumeMounts: true,
    volumeDevices: true,
    terminationMessagePolicy: true,
    resources: true,
  },
] as const;
const KEPT: Shape = {
  kind: true,
  apiVersion: true,
  request: {
    uid: true,
    kind: true,
    subResource: true,
    operation: true,
    namespace: true,
    dryRun: true,
    object: {
      metadata: {
        name: true,
        generateName: true,
        namespace: true,
        labels: true,
        annotations: true,
        ownerReferences: true,
      },
      spec: {
        runtimeClassName: true,
        securityContext: { fsGroup: true, runAsUser: true, runAsNonRoot: true },
        overhead: true,
        nodeName: true,
        nodeSelector: true,
        tolerations: true,
        affinity: true,
        schedulingGates: true,
        topologySpreadConstraints: [{ whenUnsatisfiable: true }],
        volumes: true,
        initContainers: CONTAINERS,
        containers: CONTAINERS,
        ephemeralContainers: CONTAINERS,
        resources: true,
        resourceClaims: true,
      },
    },
  },
};

function keptOf(value: unknown, shape: Shape): unknown {
  if (shape === true || typeof value !== "object" || value === null) return value;
  if (Array.isArray(shape)) {
    const [each] = shape as readonly [Shape];
    return Array.isArray(value) ? value.map((element: unknown) => keptOf(element, each)) : value;
  }
  if (Array.isArray(value)) return value;
  const members = Object.entries(value).filter(([key]) => Object.hasOwn(shape, key));
  return Object.fromEntries(
    members.map(([key, member]) => [key, keptOf(member, (shape as Readonly<Record<string, Shape>>)[key] ?? true)]),
  );
}

/** Keys about which JSON.parse has to decide. */
function isOdd(text: string): boolean {
  return /\\u|__proto__|prototype/.test(text);
}

function refuses(body: Buffer): boolean {
  try {
    JSON.parse(body.toString("utf8"));
    return false;
  } catch {
    return true;
  }
}

/** Against JSON.parse: refuses what it refuses, and keeps what it reads. Returns what came of it. */
function check(body: Buffer): "refused" | "left" | "condensed" {
  const before = Buffer.from(body);
  const condensed = condenseReview([body]);
  expect(body.equals(before)).toBe(true);
  if (refuses(body)) {
    expect(condensed).toBeNull();
    return "refused";
  }
  if (condensed === null) {
    // A review that is left is only slow; but the API server's own must not be.
    expect(isOdd(body.toString("utf8"))).toBe(true);
    return "left";
  }
  expect(JSON.parse(condensed)).toEqual(keptOf(JSON.parse(body.toString("utf8")), KEPT));
  return "condensed";
}

describe("condenseReview", () => {
  it.each(RECORDED)("shortens a recorded review", (text) => {
    const compact = JSON.stringify(JSON.parse(text));
    expect(check(Buffer.from(text))).toBe("condensed");
    expect(condenseReview([Buffer.from(compact)])?.length).toBeLessThan(compact.length * 0.7);
  });

  it("keeps the bytes of what it keeps, double keys and spelling included", () => {
    const text = reviewOf("OBJECT").replace(
      '"OBJECT"',
      '{"spec" : {"env":1,"volumes":[ {"name": "\\u0061"} ]},"status":{},"spec":[1e2], "metadata":{"managedFields":[]}}',
    );
    expect(condenseReview([Buffer.from(text)])).toContain(
      '"object":{"spec" : {"volumes":[ {"name": "\\u0061"} ]},"spec":[1e2],"metadata":{}}',
    );
  });

  it.each([
    ["an escaped key where members are picked", '{"\\u0073pec":{}}'],
    ["an escaped key in what is left out", '{"status":{"\\u005f_proto__":1}}'],
    ["__proto__", '{"status":[{"__proto__":1}]}'],
    ["prototype", '{"spec":{"volumes":[{"constructor":{"prototype":1}}]}}'],
  ])("leaves %s to JSON.parse", (_, object) => {
    expect(condenseReview([Buffer.from(reviewOf("OBJECT").replace('"OBJECT"', () => object))])).toBeNull();
  });

  it("takes what is deeper than any stack, and long", () => {
    const levels = 200_000;
    const deep = `{"status":${"[".repeat(levels)}${"]".repeat(levels)},"x":"${"y".repeat(1_000_000)}"}`;
    expect(check(Buffer.from(reviewOf("OBJECT").replace('"OBJECT"', () => deep)))).toBe("condensed");
  });

  it("leaves what is longer than an object can be to JSON.parse", () => {
    const withStatus = (length: number): Buffer =>
      Buffer.from(reviewOf("OBJECT").replace('"OBJECT"', () => `{"status":"${"y".repeat(length)}"}`));
    const rest = withStatus(0).length;
    expect(check(withStatus(LONGEST_TEXT - rest))).toBe("condensed");
    const longer = withStatus(LONGEST_TEXT - rest + 1);
    for (const cut of [0, 1, LONGEST_TEXT]) {
      expect(condenseReview([longer.subarray(0, cut), longer.subarray(cut)])).toBeNull();
    }
  });

  it("reads a text that came in pieces as the whole", () => {
    const body = Buffer.from(reviewOf({ metadata: { labels: { name: "\u00e4\u{1f600}" } }, status: { x: "\u00e4" } }));
    const whole = condenseReview([body]);
    expect(whole).toContain("\u{1f600}");
    for (let cut = 0; cut <= body.length; cut += 1) {
      expect(condenseReview([body.subarray(0, cut), body.subarray(cut)])).toBe(whole);
    }
    expect(condenseReview([...body].map((byte) => Buffer.from([byte])))).toBe(whole);
  });

  it("sees nothing of a longer text that was there before", () => {
    const text = reviewOf({ spec: { containers: [{ args: [1, true, null, -1.5e3, "\u00e4"] }] } });
    for (let length = 0; length < text.length; length += 1) {
      expect(check(Buffer.from(`${text} \n`))).toBe("condensed");
      expect(check(Buffer.from(text.slice(0, length)))).toBe("refused");
    }
    expect(check(Buffer.from(`${text} \n`))).toBe("condensed");
    expect(check(Buffer.from(text))).toBe("condensed");
  });

  it("is JSON.parse's equal on every text and on damaged ones", () => {
    const counts = { refused: 0, left: 0, condensed: 0 };
    const whole = fc.oneof(
      JSON_TEXTS,
      JSON_TEXTS.map((text) => reviewOf("OBJECT").replace('"OBJECT"', () => text)),
      fc.constantFrom(...RECORDED),
      fc.constantFrom(...RECORDED.map((text) => JSON.stringify(JSON.parse(text)))),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          whole,
          fc.tuple(whole, DAMAGES).map(([text, damages]) => damaged(text, damages)),
        ),
        (body) => {
          counts[check(Buffer.from(body))] += 1;
        },
      ),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 8_000) },
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(200);
  });

  it("refuses every byte that JSON.parse refuses at any place of a small review", () => {
    const text =
      '{"kind":"A","request":{"uid":"\\u00e4\\n","object":{"spec":{"containers":[{"args":[-1.5e+2,true,null,""]}]}}}}';
    for (let at = 0; at <= text.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        for (const how of ["replace", "insert"] as const) check(damaged(text, [{ at, how, byte }]));
      }
      for (const how of ["remove", "cut"] as const) check(damaged(text, [{ at, how, byte: 0 }]));
    }
  });
});
