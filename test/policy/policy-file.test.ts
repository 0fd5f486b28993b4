import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { formatPolicyError } from "../../src/policy/policy-error.ts";
import { openPolicyFile, type PolicyReload, type PolicySource } from "../../src/policy/policy-file.ts";
import { recordPolicyReload } from "../../src/telemetry/reload-log.ts";
import { type EventQueue, eventQueue } from "../support/event-queue.ts";
import { post } from "../support/https-client.ts";
import { metric, reviewOf, startServer } from "../support/running-server.ts";
import { createMount, temporaryFolder } from "../support/temporary-folder.ts";

const NEVER_MS = 3_600_000;

function policyText(runtimeClass: string): string {
  return `apiVersion: kata-thp.dev/v1alpha1\nkind: Policy\ntargets:\n  - runtimeClass: ${runtimeClass}\n`;
}

function at(minute: number): Date {
  return new Date(Date.UTC(2026, 10, 23, 12, minute));
}

async function open(
  file: string,
  pollMs = NEVER_MS,
): Promise<{ readonly source: PolicySource; readonly reloads: EventQueue<PolicyReload> }> {
  const reloads = eventQueue<PolicyReload>();
  const opened = await openPolicyFile({ file, onReload: reloads.push, pollMs });
  if (opened.kind === "invalid") throw new Error(opened.errors.map(formatPolicyError).join("\n"));
  onTestFinished(() => opened.source.close());
  return { source: opened.source, reloads };
}

function targetOf(source: PolicySource): string | undefined {
  return source.current().targets[0]?.runtimeClass;
}

it("serves good, bad, good: the bad one is kept out and seen in log and metrics", async () => {
  const mount = await createMount({ "policy.yaml": policyText("kata-clh") });
  const { source, reloads } = await open(join(mount.folder, "policy.yaml"));
  const server = await startServer({ policy: source });
  const { log, metrics } = server.options;
  metrics.policyRead("taken", at(0));
  const ask = async (): Promise<string> => {
    const { body } = await post({ ...server, path: "/mutate/enforce", body: reviewOf() });
    const { decision, reasons } = (JSON.parse(body) as { response: { auditAnnotations: Record<string, string> } })
      .response.auditAnnotations;
    return decision === "patch" ? "patch" : (reasons ?? "");
  };
  const state = async (): Promise<(number | null)[]> => [
    await metric(server, "kata_thp_policy_is_current"),
    await metric(server, "kata_thp_policy_last_taken_timestamp_seconds"),
    await metric(server, 'kata_thp_policy_reloads_total{result="taken"}'),
    await metric(server, 'kata_thp_policy_reloads_total{result="refused"}'),
  ];
  expect(await ask()).toBe("patch");
  expect(await state()).toEqual([1, at(0).getTime() / 1000, 1, 0]);

  await mount.update({ "policy.yaml": policyText("Kata_CLH") });
  recordPolicyReload(log, metrics, await reloads.next(), at(1));
  expect(await ask()).toBe("patch");
  expect(await state()).toEqual([0, at(0).getTime() / 1000, 1, 1]);
  expect(server.lines).toContainEqual(
    expect.objectContaining({
      level: "error",
      errors: [expect.stringMatching(/policy\.yaml:4: targets\[0\]\.runtimeClass is "Kata_CLH"; allowed: /)],
    }),
  );

  await mount.update({ "policy.yaml": policyText("other") });
  recordPolicyReload(log, metrics, await reloads.next(), at(2));
  expect(await ask()).toBe("NotTarget");
  expect(await state()).toEqual([1, at(2).getTime() / 1000, 2, 1]);
});

it("takes the old text back after a bad one", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "policy.yaml");
  await writeFile(file, policyText("a"));
  const { source, reloads } = await open(file);
  await writeFile(file, "[");
  expect((await reloads.next()).kind).toBe("invalid");
  await writeFile(file, policyText("a"));
  expect((await reloads.next()).kind).toBe("policy");
  expect(targetOf(source)).toBe("a");
});

it("goes on with the last good policy while the file is gone", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "policy.yaml");
  await writeFile(file, policyText("a"));
  const { source, reloads } = await open(file);
  await rm(file);
  expect(await reloads.next()).toMatchObject({
    kind: "invalid",
    errors: [{ file, line: 1, path: "", message: "the file cannot be read: ENOENT: no such file or directory" }],
  });
  expect(targetOf(source)).toBe("a");
  await writeFile(file, policyText("b"));
  expect((await reloads.next()).kind).toBe("policy");
  expect(targetOf(source)).toBe("b");
});

it("finds a folder that was replaced by polling", async () => {
  const folder = join(await temporaryFolder(), "mount");
  await mkdir(folder);
  const file = join(folder, "policy.yaml");
  await writeFile(file, policyText("a"));
  const { source, reloads } = await open(file, 20);
  await rename(folder, `${folder}.old`);
  await mkdir(folder);
  await writeFile(`${file}.tmp`, policyText("b"));
  await rename(`${file}.tmp`, file);
  // It may have been seen missing in between.
  if ((await reloads.next()).kind === "invalid") await reloads.next();
  expect(targetOf(source)).toBe("b");
});

it("does not open what is missing or invalid", async () => {
  const folder = await temporaryFolder();
  const options = { file: join(folder, "policy.yaml"), onReload: () => {} };
  expect(await openPolicyFile(options)).toMatchObject({ kind: "invalid", errors: [{ file: options.file }] });
  await writeFile(options.file, "kind: Policy\n");
  expect(await openPolicyFile(options)).toMatchObject({ kind: "invalid", errors: [{ path: "apiVersion" }] });
});
