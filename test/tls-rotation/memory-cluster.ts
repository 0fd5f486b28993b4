// One Secret and one webhook configuration in memory, with the API server's optimistic concurrency. What it promises is
// in store-contract.ts, which the real API server is held to as well.
import type {
  CertificateStore,
  StoreConflict,
  StoredSecret,
  StoredWebhook,
  StoreFailure,
} from "../../src/tls/certificate-store.ts";

export type Operation = "readSecret" | "writeSecret" | "readWebhooks" | "patchWebhooks";

/**
 * What becomes of one operation: `refuse`: nothing happens and it fails; `lose`: it happens, and the answer is lost;
 * `hang`: nothing happens and nobody ever hears of it, as in a process that died before; `die`: it happens in a process
 * that died after.
 */
export type Fate = "pass" | "refuse" | "lose" | "hang" | "die";

export interface MemorySecret {
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

export interface MemoryWebhook {
  readonly name: string;
  readonly host: string;
  readonly caBundle: string;
}

export interface MemoryCluster {
  secret(): MemorySecret | null;
  /** As kubectl would, without a look at what is there. */
  setSecret(data: Readonly<Record<string, string>> | null, labels?: Readonly<Record<string, string>>): void;
  webhooks(): readonly MemoryWebhook[] | null;
  setWebhooks(webhooks: readonly MemoryWebhook[] | null): void;
  setBundles(caBundle: string | ((before: MemoryWebhook) => string)): void;
  /** A client of it; `fate` is asked before each operation and may wait, so that clients meet in any order. */
  store(fate?: (operation: Operation) => Fate | Promise<Fate>): CertificateStore;
}

/** @param serverTime the API server's clock, in milliseconds; null: its answers do not say */
export function createMemoryCluster(serverTime: () => number | null): MemoryCluster {
  let version = 1;
  let secret: MemorySecret | null = null;
  let webhooks: readonly MemoryWebhook[] | null = null;

  const storedSecret = (): StoredSecret | null =>
    secret === null ? null : { resourceVersion: secret.resourceVersion, data: secret.data, object: secret };
  const storedWebhooks = (): readonly StoredWebhook[] | null =>
    webhooks === null ? null : webhooks.map((webhook, index) => ({ index, ...webhook, clientConfig: webhook }));

  function setSecret(data: Readonly<Record<string, string>> | null, labels = secret?.labels ?? {}): void {
    version += 1;
    secret = data === null ? null : { resourceVersion: String(version), labels, data };
  }

  const writeSecret: CertificateStore["writeSecret"] = async (before, data) => {
    if (before?.resourceVersion !== secret?.resourceVersion) return conflict;
    setSecret(data, (before?.object as MemorySecret | undefined)?.labels);
    return { kind: "written", secret: storedSecret() as StoredSecret };
  };

  const patchWebhooks: CertificateStore["patchWebhooks"] = async (changes) => {
    const isAsRead = changes.every(({ webhook }) => {
      const now = webhooks?.[webhook.index];
      return JSON.stringify(now) === JSON.stringify(webhook.clientConfig);
    });
    if (webhooks === null || !isAsRead) return conflict;
    const wanted = new Map(changes.map(({ webhook, caBundle }) => [webhook.index, caBundle]));
    webhooks = webhooks.map((webhook, index) => ({ ...webhook, caBundle: wanted.get(index) ?? webhook.caBundle }));
    return { kind: "written", webhooks: storedWebhooks() as readonly StoredWebhook[] };
  };

  return {
    secret: () => secret,
    setSecret,
    webhooks: () => webhooks,
    setWebhooks(next) {
      webhooks = next;
    },
    setBundles(caBundle) {
      webhooks = (webhooks ?? []).map((webhook) => ({
        ...webhook,
        caBundle: typeof caBundle === "string" ? caBundle : caBundle(webhook),
      }));
    },
    store(fate = () => "pass") {
      async function fated<T>(operation: Operation, run: () => Promise<T>): Promise<T | StoreFailure> {
        const chosen = fate(operation);
        switch (typeof chosen === "string" ? chosen : await chosen) {
          case "pass":
            return await run();
          case "lose":
            await run();
            return lost;
          case "refuse":
            return lost;
          case "die":
            await run();
            return await new Promise<never>(() => {});
          case "hang":
            return await new Promise<never>(() => {});
          default:
            throw new TypeError("no such fate");
        }
      }
      return {
        readSecret: async () =>
          await fated("readSecret", async () => ({ kind: "read", secret: storedSecret(), serverTime: serverTime() })),
        writeSecret: async (before, data) => await fated("writeSecret", async () => await writeSecret(before, data)),
        readWebhooks: async () =>
          await fated("readWebhooks", async () => ({ kind: "read", webhooks: storedWebhooks() })),
        patchWebhooks: async (changes) => await fated("patchWebhooks", async () => await patchWebhooks(changes)),
      };
    },
  };
}

const conflict: StoreConflict = { kind: "conflict", why: "somebody else was first" };
const lost: StoreFailure = { kind: "failed", why: "no answer" };
