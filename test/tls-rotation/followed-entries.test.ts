import { expect, it, onTestFinished } from "vitest";
import { makeAuthority } from "../../src/tls/authority.ts";
import { buildBundle } from "../../src/tls/ca-bundle.ts";
import { followEntries } from "../../src/tls/followed-entries.ts";
import { createMemoryCluster, type Fate } from "./memory-cluster.ts";

it("reads our entries, and keeps them while the API server is away", async () => {
  const authority = await makeAuthority({ notBefore: 0, notAfter: Date.now() + 3_600_000 });
  const cluster = createMemoryCluster(() => null);
  cluster.setWebhooks([
    { name: "ours", host: "a.b.svc", caBundle: buildBundle([authority]) },
    { name: "theirs", host: "c.d.svc", caBundle: "" },
  ]);
  let fate: Fate = "pass";
  const problems: (string | null)[] = [];
  const store = cluster.store(() => fate);
  const onProblem = (why: string | null): void => void problems.push(why);
  const followed = followEntries({ store, names: ["a.b.svc"], onProblem, pollMs: 3_600_000 });
  onTestFinished(async () => await followed.close());
  expect(followed.entries()).toBeNull();
  await followed.read();
  const read = followed.entries();
  expect(read?.map(({ name, authorities }) => [name, authorities.map(({ id }) => id)])).toEqual([
    ["ours", [authority.id]],
  ]);

  fate = "refuse";
  await followed.read();
  await followed.read();
  expect(followed.entries()).toBe(read);
  fate = "pass";
  cluster.setBundles("");
  await followed.read();
  expect(followed.entries()).toEqual([{ name: "ours", authorities: [] }]);
  expect(problems).toEqual(["no answer", null]);
});

it("survives what throws: says it once, reads again, and says that it is over", async () => {
  const cluster = createMemoryCluster(() => null);
  cluster.setWebhooks([{ name: "ours", host: "a.b.svc", caBundle: "" }]);
  let isBroken = true;
  const store = cluster.store(() => {
    if (isBroken) throw new RangeError("a bug");
    return "pass";
  });
  const problems: [string | null, unknown][] = [];
  let failures = 0;
  const followed = followEntries({
    store,
    names: ["a.b.svc"],
    pollMs: 3_600_000,
    onProblem(why, error) {
      // Who writes it down may fail as well; it is told again.
      if (failures++ === 0) throw new Error("no room in the log");
      problems.push([why, error]);
    },
  });
  onTestFinished(async () => await followed.close());
  for (let count = 0; count < 3; count += 1) await followed.read();
  expect(followed.entries()).toBeNull();
  isBroken = false;
  await followed.read();
  expect(followed.entries()).toEqual([{ name: "ours", authorities: [] }]);
  expect(problems).toEqual([
    [expect.stringMatching(/^the caBundles could not be read: RangeError: a bug; /) as string, new RangeError("a bug")],
    [null, undefined],
  ]);
});
