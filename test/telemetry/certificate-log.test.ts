import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { recordCertificateEvent, recordClientAuthorities } from "../../src/telemetry/certificate-log.ts";
import { createLog, type Log } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

function openLog(): { readonly log: Log; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: createLog("info", { write }), lines };
}

it("counts each step of a rotation with its cause, and says whether something is in the way", async () => {
  const metrics = createMetrics("1.2.3");
  const { log, lines } = openLog();
  const notAfter = new Date(1_800_000_000_000);
  recordCertificateEvent(log, metrics, { kind: "secret", cause: "introduce", authority: "AA" });
  recordCertificateEvent(log, metrics, { kind: "bundles", webhooks: ["enforce.kata-thp.dev"] });
  recordCertificateEvent(log, metrics, { kind: "leaf", cause: "switch", fingerprint: "BB", notAfter, authority: "AA" });
  recordCertificateEvent(log, metrics, { kind: "problem", why: "the Secret does not exist" });
  const { text } = await metrics.render();
  for (const line of [
    'kata_thp_tls_rotations_total{step="secret",cause="introduce"} 1',
    'kata_thp_tls_rotations_total{step="bundles",cause="patch"} 1',
    'kata_thp_tls_rotations_total{step="leaf",cause="switch"} 1',
    'kata_thp_tls_reloads_total{result="taken"} 1',
    // What is in the way of a rotation is no refused certificate.
    'kata_thp_tls_reloads_total{result="refused"} 0',
    "kata_thp_tls_not_after_timestamp_seconds 1800000000",
    "kata_thp_tls_problem 1",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  recordCertificateEvent(log, metrics, { kind: "problem", why: null });
  expect((await metrics.render()).text).toContain("kata_thp_tls_problem 0\n");
  expect(lines.map(({ level }) => level)).toEqual(["info", "info", "info", "warn", "info"]);
});

it("logs a bug with the place where it is", () => {
  const { log, lines } = openLog();
  const why = "a check ended with RangeError: a bug";
  recordCertificateEvent(log, createMetrics("1.2.3"), { kind: "problem", why, error: new RangeError("a bug") });
  const error = {
    type: "RangeError",
    message: "a bug",
    stack: expect.stringContaining("certificate-log.test") as string,
  };
  expect(lines).toMatchObject([{ level: "warn", msg: `certificates: ${why}`, certificate: "problem", error }]);
});

it("tells when the CA ends only where that is known", async () => {
  const metrics = createMetrics("1.2.3");
  let end: Date | null = null;
  const sample = async (): Promise<string | undefined> =>
    /^kata_thp_tls_ca_not_after_timestamp_seconds .*$/m.exec((await metrics.render()).text)?.[0];
  expect(await sample()).toBeUndefined();
  metrics.followAuthorityEnd(() => end);
  expect(await sample()).toBeUndefined();
  end = new Date(1_900_000_000_000);
  expect(await sample()).toBe("kata_thp_tls_ca_not_after_timestamp_seconds 1900000000");
  end = null;
  expect(await sample()).toBeUndefined();
});

it("counts a client CA that was refused", async () => {
  const metrics = createMetrics("1.2.3");
  const { log, lines } = openLog();
  recordClientAuthorities(log, metrics, { kind: "refused", why: "/ca.crt is gone" });
  expect((await metrics.render()).text).toContain('kata_thp_client_ca_reloads_total{result="refused"} 1\n');
  expect(lines).toMatchObject([{ level: "error", why: "/ca.crt is gone" }]);
});

it("has just the metrics that docs/certificates.md lists", async () => {
  const { text } = await createMetrics("1.2.3").render();
  const documented = await readFile(join(import.meta.dirname, "../../docs/certificates.md"), "utf8");
  const has = [...text.matchAll(/^# TYPE (kata_thp_(?:tls|client)_\S+)/gm)].map(([, name]) => name);
  const lists = [...documented.matchAll(/^\| `(kata_thp_\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(lists)).toEqual(new Set(has));
});
