// The source as the server has it: the stopgap, the polls, failures of one right or the other.
import { X509Certificate } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CertificateEvent, describeCertificateEvent } from "../../src/tls/certificate-event.ts";
import { LIFETIMES } from "../../src/tls/lifetimes.ts";
import { createSelfSignedSource, type SelfSignedSource } from "../../src/tls/self-signed-source.ts";
import { eventQueue } from "../support/event-queue.ts";
import { createMemoryCluster, type Fate, type MemoryCluster, type Operation } from "./memory-cluster.ts";
import { idsIn, isTaken } from "./served-truth.ts";
import { HOST } from "./simulated-process.ts";

interface Subject {
  readonly cluster: MemoryCluster;
  readonly source: SelfSignedSource;
  readonly events: CertificateEvent[];
  /** What becomes of operations from now on. */
  fate: (operation: Operation) => Fate;
}

async function start(
  pollMs?: number,
  onRead: () => void = () => {},
  now: () => Date = () => new Date(),
): Promise<Subject> {
  const cluster = createMemoryCluster(() => Math.floor(Date.now() / 1000) * 1000);
  cluster.setWebhooks([
    { name: "enforce.kata-thp.dev", host: HOST, caBundle: "" },
    { name: "theirs.example", host: "other.theirs.svc", caBundle: "" },
  ]);
  const events: CertificateEvent[] = [];
  const subject: { fate: (operation: Operation) => Fate } = { fate: () => "pass" };
  const source = await createSelfSignedSource({
    store: cluster.store((operation) => {
      if (operation === "readSecret") onRead();
      return subject.fate(operation);
    }),
    names: [HOST],
    now,
    onEvent: (event) => events.push(event),
    lifetimes: { ...LIFETIMES, settleMs: 0, patienceMs: 0 },
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  onTestFinished(async () => await source.close());
  return Object.assign(subject, { cluster, source, events });
}

function taken({ cluster, source }: Subject): boolean {
  const ours = (cluster.webhooks() ?? []).filter(({ host }) => host === HOST);
  return isTaken(source.current(), ours, Date.now());
}

describe("the source", () => {
  it("serves a stopgap that nobody trusts until the replicas agree", async () => {
    const subject = await start();
    const { source } = subject;
    const stopgap = source.current();
    expect(new X509Certificate(stopgap.cert).checkHost(HOST)).toBeDefined();
    expect(source.state()).toEqual({ authority: null, entries: null, hasLeaf: false, problem: null });
    const pairs: string[] = [];
    source.onChange(({ fingerprint }) => pairs.push(fingerprint));
    await source.check();
    await source.check();
    expect(source.state()).toMatchObject({ hasLeaf: true, problem: null });
    expect(pairs).toEqual([source.current().fingerprint]);
    expect(source.current().fingerprint).not.toBe(stopgap.fingerprint);
    expect(taken(subject)).toBe(true);
  });

  it("leaves other people's entries alone", async () => {
    const { source, cluster } = await start();
    await source.check();
    expect(cluster.webhooks()?.map(({ caBundle }) => idsIn(caBundle).length)).toEqual([1, 0]);
  });

  it("keeps the key of no leaf in the Secret", async () => {
    const { source, cluster } = await start();
    await source.check();
    await source.check();
    const values = Object.values(cluster.secret()?.data ?? {}).map((value) => Buffer.from(value, "base64").toString());
    expect(values.filter((value) => value.includes("PRIVATE KEY"))).toHaveLength(1);
    expect(values.join("")).not.toContain(source.current().key);
    expect(values.join("")).not.toContain(source.current().cert);
  });

  it("says what stands in the way once, and when it is gone", async () => {
    const subject = await start();
    const { source, events } = subject;
    subject.fate = () => "refuse";
    await source.check();
    await source.check();
    subject.fate = () => "pass";
    await source.check();
    await source.check();
    const problems = events.flatMap((event) => (event.kind === "problem" ? [event.why] : []));
    expect(problems).toEqual(["no answer", "the caBundles are not read back yet", null]);
    expect(events.map((event) => describeCertificateEvent(event).message).join("\n")).not.toMatch(/PRIVATE|BEGIN/);
  });

  it.each<[string, Operation, (cluster: MemoryCluster) => void]>([
    ["puts caBundles back where the Secret cannot be written", "writeSecret", (cluster) => cluster.setSecret(null)],
    [
      "puts caBundles back where the Secret is garbage and cannot be written",
      "writeSecret",
      (cluster) => cluster.setSecret({ "ca.crt": "" }),
    ],
  ])("%s", async (_name, operation, damage) => {
    const subject = await start();
    const { source, cluster } = subject;
    await source.check();
    await source.check();
    subject.fate = (asked) => (asked === operation ? "refuse" : "pass");
    damage(cluster);
    cluster.setBundles("");
    await source.check();
    expect(taken(subject)).toBe(true);
    expect(source.state().problem).toBe("no answer");
  });

  it("writes the Secret back where the caBundles cannot be written", async () => {
    const subject = await start();
    const { source, cluster } = subject;
    await source.check();
    const before = cluster.secret()?.data;
    subject.fate = (asked) => (asked === "patchWebhooks" ? "refuse" : "pass");
    cluster.setSecret(null);
    cluster.setBundles("");
    await source.check();
    expect(cluster.secret()?.data).toEqual(before);
    expect(source.state().entries).toEqual([{ name: "enforce.kata-thp.dev", authorities: [] }]);
  });

  it("gives up for a while where somebody else writes all the time", async () => {
    const subject = await start();
    const { source, cluster } = subject;
    await source.check();
    let count = 0;
    subject.fate = (asked) => {
      if (asked === "patchWebhooks") cluster.setBundles(Buffer.from(`theirs ${(count += 1)}`).toString("base64"));
      return "pass";
    };
    cluster.setBundles("");
    await source.check();
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThan(20);
    expect(source.state().problem).toBe("somebody else was first");
  });
});

describe("what throws", () => {
  it("ends no check: it is said once, tried again, and said to be over", async () => {
    const subject = await start();
    const { source, events } = subject;
    subject.fate = () => {
      throw new RangeError("a bug");
    };
    for (let count = 0; count < 3; count += 1) await source.check();
    expect(source.state().problem).toMatch(/^a check ended with RangeError: a bug; /);
    subject.fate = () => "pass";
    await source.check();
    await source.check();
    expect(source.state()).toMatchObject({ hasLeaf: true, problem: null });
    expect(events.filter(({ kind }) => kind === "problem")).toEqual([
      { kind: "problem", why: expect.stringContaining("a bug") as string, error: new RangeError("a bug") },
      { kind: "problem", why: "the caBundles are not read back yet" },
      { kind: "problem", why: null },
    ]);
  });

  it("keeps no leaf from being renewed", async () => {
    let aheadMs = 0;
    const subject = await start(
      undefined,
      () => {},
      () => new Date(Date.now() + aheadMs),
    );
    const { source, events } = subject;
    await source.check();
    await source.check();
    const { fingerprint } = source.current();
    subject.fate = () => {
      throw new RangeError("a bug");
    };
    aheadMs = LIFETIMES.leafMs * 0.8;
    await source.check();
    expect(source.current().fingerprint).not.toBe(fingerprint);
    expect(events.filter(({ kind }) => kind === "leaf")).toMatchObject([{ cause: "first" }, { cause: "renew" }]);
  });

  it("goes on polling by itself, also where nobody can be told", async () => {
    const reads = eventQueue<null>();
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const source = await createSelfSignedSource({
      store: createMemoryCluster(() => null).store(() => {
        reads.push(null);
        throw new RangeError("a bug");
      }),
      names: [HOST],
      now: () => new Date(),
      onEvent: () => {
        throw new Error("no room in the log");
      },
      pollMs: 5,
    });
    source.start();
    for (let count = 0; count < 3; count += 1) await reads.next();
    await source.close();
    expect(rejections).toEqual([]);
  });

  it("makes another certificate where one could not be taken into use", async () => {
    const { source } = await start();
    let failures = 0;
    const served: string[] = [];
    source.onChange(({ fingerprint }) => {
      if (failures++ === 0) throw new Error("the server did not take it");
      served.push(fingerprint);
    });
    await source.check();
    await source.check();
    expect(source.state()).toMatchObject({
      hasLeaf: false,
      problem: expect.stringContaining("did not take") as string,
    });
    await source.check();
    expect(served).toEqual([source.current().fingerprint]);
  });
});

describe("polling", () => {
  it("goes on by itself, and ends", async () => {
    const reads = eventQueue<null>();
    const { source } = await start(5, () => reads.push(null));
    source.start();
    for (let count = 0; count < 5; count += 1) await reads.next();
    await source.close();
    const waiting = reads.waiting().length;
    await source.check();
    // Only what we asked for.
    expect(reads.waiting().length).toBe(waiting + 1);
  });

  it("checks once for any number of suspicions, and soon", async () => {
    const reads = eventQueue<null>();
    const { source } = await start(3_600_000, () => reads.push(null));
    source.start();
    await reads.next();
    await source.check();
    const before = reads.waiting().length;
    const begin = performance.now();
    for (let count = 0; count < 100; count += 1) source.suspect();
    while (reads.waiting().length === before) await new Promise(setImmediate);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await source.check();
    expect(reads.waiting().length).toBeLessThanOrEqual(before + 2);
  });
});
