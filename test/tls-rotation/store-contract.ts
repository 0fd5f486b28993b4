// What every CertificateStore promises: the one in memory that simulations use, and the API server's.
import { describe, expect, it } from "vitest";
import type {
  CertificateStore,
  SecretRead,
  StoredSecret,
  StoredWebhook,
  StoreFailure,
  WebhooksRead,
} from "../../src/tls/certificate-store.ts";

/** A store, and an administrator's hand in what it stores. */
export interface StoreSubject {
  readonly store: CertificateStore;
  secret(): Promise<{
    readonly data: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  } | null>;
  /** Makes or replaces it; null deletes it. */
  setSecret(data: Readonly<Record<string, string>> | null, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Makes or replaces the configuration; null deletes it. Every entry's host is webhook.test.svc. */
  setWebhooks(webhooks: readonly { readonly name: string; readonly caBundle: string }[] | null): Promise<void>;
  webhooks(): Promise<readonly { readonly name: string; readonly caBundle: string }[]>;
}

const [ONE, TWO, THREE] = ["one", "two", "three"].map((text) => Buffer.from(text).toString("base64")) as [
  string,
  string,
  string,
];
const BINARY = Buffer.from([0, 255, 254]).toString("base64");

/** Runs the same tests over whatever `start` makes, anew for each test. */
export function describeStore(name: string, start: () => Promise<StoreSubject>): void {
  describe(name, () => {
    it("reads what is not there", async () => {
      const { store } = await start();
      expect(await store.readSecret()).toMatchObject({ kind: "read", secret: null });
      expect(await store.readWebhooks()).toEqual({ kind: "read", webhooks: null });
    });

    it("makes the Secret, and then tells what time it is", async () => {
      const { store, secret } = await start();
      const written = await store.writeSecret(null, { "ca.crt": ONE, other: BINARY });
      expect(written).toMatchObject({ kind: "written", secret: { data: { "ca.crt": ONE, other: BINARY } } });
      expect((await secret())?.data).toEqual({ "ca.crt": ONE, other: BINARY });
      const read = await readSecret(store);
      expect(read).toEqual(written.kind === "written" ? written.secret : null);
    });

    it("makes no Secret where there is one, whatever that holds", async () => {
      const { store, secret, setSecret } = await start();
      for (const before of [{}, { "ca.crt": ONE }, { another: TWO }]) {
        await setSecret(null);
        await setSecret(before);
        expect(await store.writeSecret(null, { "ca.crt": ONE })).toMatchObject({ kind: "conflict" });
        expect((await secret())?.data).toEqual(before);
      }
    });

    it("lets one of many make it", async () => {
      const { store, secret } = await start();
      const values = [ONE, TWO, THREE];
      const outcomes = await Promise.all(
        values.map(async (value) => await store.writeSecret(null, { "ca.crt": value })),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["conflict", "conflict", "written"]);
      const winner = values[outcomes.findIndex(({ kind }) => kind === "written")];
      expect((await secret())?.data).toEqual({ "ca.crt": winner });
    });

    it("replaces the data and nothing else", async () => {
      const { store, secret, setSecret } = await start();
      await setSecret({ "ca.crt": ONE, future: BINARY }, { team: "a" });
      const before = await readSecret(store);
      const written = await store.writeSecret(before, { "ca.crt": TWO, future: BINARY });
      expect(written.kind).toBe("written");
      expect(await secret()).toEqual({ data: { "ca.crt": TWO, future: BINARY }, labels: { team: "a" } });
      const after = await readSecret(store);
      expect(after?.resourceVersion).not.toBe(before?.resourceVersion);
      await store.writeSecret(after, { "ca.key": THREE });
      expect((await secret())?.data).toEqual({ "ca.key": THREE });
    });

    it("replaces nothing that changed since it was read", async () => {
      const { store, secret, setSecret } = await start();
      await setSecret({ "ca.crt": ONE });
      const before = await readSecret(store);
      await setSecret({ "ca.crt": TWO });
      expect(await store.writeSecret(before, { "ca.crt": THREE })).toMatchObject({ kind: "conflict" });
      expect((await secret())?.data).toEqual({ "ca.crt": TWO });
      await setSecret(null);
      expect(await store.writeSecret(before, { "ca.crt": THREE })).toMatchObject({ kind: "conflict" });
      expect(await secret()).toBeNull();
      await setSecret({ "ca.crt": ONE });
      expect(await store.writeSecret(before, { "ca.crt": THREE })).toMatchObject({ kind: "conflict" });
    });

    it("lets one of many replace it", async () => {
      const { store, setSecret } = await start();
      await setSecret({ "ca.crt": ONE });
      const before = await readSecret(store);
      const outcomes = await Promise.all(
        [ONE, TWO, THREE].map(async (value) => await store.writeSecret(before, { "ca.key": value })),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["conflict", "conflict", "written"]);
    });

    it("patches the caBundles that it is told to", async () => {
      const { store, webhooks, setWebhooks } = await start();
      await setWebhooks([
        { name: "a.test.dev", caBundle: "" },
        { name: "b.test.dev", caBundle: ONE },
        { name: "c.test.dev", caBundle: TWO },
      ]);
      const [a, b] = await readWebhooks(store);
      expect([a.host, a.caBundle, b.caBundle]).toEqual(["webhook.test.svc", "", ONE]);
      const written = await store.patchWebhooks([
        { webhook: a, caBundle: THREE },
        { webhook: b, caBundle: THREE },
      ]);
      expect(written.kind).toBe("written");
      expect((await webhooks()).map(({ caBundle }) => caBundle)).toEqual([THREE, THREE, TWO]);
      if (written.kind === "written") expect(written.webhooks).toEqual(await readWebhooks(store));
    });

    it("patches all of them or none", async () => {
      const { store, webhooks, setWebhooks } = await start();
      const two = [
        { name: "a.test.dev", caBundle: "" },
        { name: "b.test.dev", caBundle: ONE },
      ];
      await setWebhooks(two);
      const [a, b] = await readWebhooks(store);
      const changes = [
        { webhook: a, caBundle: THREE },
        { webhook: b, caBundle: THREE },
      ];
      const others = [
        [two[0], { name: "b.test.dev", caBundle: TWO }],
        [two[0], { name: "b.test.dev", caBundle: "" }],
        [two[0], { name: "other.test.dev", caBundle: ONE }],
        two.toReversed(),
        [two[0]],
      ].map((list) => list.filter((item) => item !== undefined));
      for (const other of others) {
        await setWebhooks(other);
        expect(await store.patchWebhooks(changes)).toMatchObject({ kind: "conflict" });
        expect(await webhooks()).toEqual(other);
      }
      await setWebhooks(null);
      expect(await store.patchWebhooks(changes)).toMatchObject({ kind: "conflict" });
    });
  });
}

async function readSecret(store: CertificateStore): Promise<StoredSecret | null> {
  const read: SecretRead | StoreFailure = await store.readSecret();
  if (read.kind === "failed") throw new Error(read.why);
  expect(Math.abs((read.serverTime ?? 0) - Date.now())).toBeLessThan(60_000);
  return read.secret;
}

async function readWebhooks(store: CertificateStore): Promise<readonly [StoredWebhook, StoredWebhook]> {
  const read: WebhooksRead | StoreFailure = await store.readWebhooks();
  if (read.kind === "failed" || read.webhooks === null) throw new Error("there are no webhooks");
  return read.webhooks as unknown as readonly [StoredWebhook, StoredWebhook];
}
