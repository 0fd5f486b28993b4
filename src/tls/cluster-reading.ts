// What the store holds, taken apart: certificates instead of base64, and only the webhook entries that call us.
import { parseBundle } from "./ca-bundle.ts";
import { parseCaSecret } from "./ca-secret.ts";
import type { CertificateStore, StoredSecret, StoredWebhook, StoreFailure } from "./certificate-store.ts";
import type { Seen } from "./situation.ts";

/** The cluster as it was read last, or as a write of ours left it. */
export interface Reading {
  readonly kind: "reading";
  readonly stored: StoredSecret | null;
  /** Beside `seen.entries`, in the same order. */
  readonly webhooks: readonly StoredWebhook[];
  readonly seen: Seen;
}

export interface ClusterReadings {
  /** `partial`: the Secret alone could be read, and `reading` has no entries. */
  read(): Promise<
    Reading | StoreFailure | { readonly kind: "partial"; readonly reading: Reading; readonly why: string }
  >;
  withSecret(before: Reading, stored: StoredSecret): Reading;
  withWebhooks(before: Reading, webhooks: readonly StoredWebhook[]): Reading;
}

/** @param names a webhook entry is ours if the API server calls it by one of them */
export function createClusterReadings(store: CertificateStore, names: readonly string[]): ClusterReadings {
  const hosts = new Set(names);
  const parseSecret = remembering(
    ({ data }: StoredSecret) => parseCaSecret(data),
    ({ resourceVersion }) => resourceVersion,
  );
  const parseAuthorities = remembering(parseBundle, (caBundle) => caBundle);

  function toReading(stored: StoredSecret | null, all: readonly StoredWebhook[], serverTime: number | null): Reading {
    const webhooks = all.filter(({ host }) => hosts.has(host));
    const secret = stored === null ? ({ kind: "absent" } as const) : parseSecret(stored);
    const entries = webhooks.map(({ name, caBundle }) => ({ name, authorities: parseAuthorities(caBundle) }));
    return { kind: "reading", stored, webhooks, seen: { secret, entries, serverTime } };
  }

  return {
    async read() {
      // The Secret first: what is decided by caBundles that are newer than it fails on its resourceVersion, where the
      // other way round a CA that everybody has just forgotten would look like a stranger.
      const secret = await store.readSecret();
      if (secret.kind === "failed") return secret;
      const configuration = await store.readWebhooks();
      if (configuration.kind === "failed") {
        const reading = toReading(secret.secret, [], secret.serverTime);
        return { kind: "partial", reading, why: configuration.why };
      }
      return toReading(secret.secret, configuration.webhooks ?? [], secret.serverTime);
    },
    withSecret: ({ webhooks, seen }, stored) => toReading(stored, webhooks, seen.serverTime),
    withWebhooks: ({ stored, seen }, webhooks) => toReading(stored, webhooks, seen.serverTime),
  };
}

/** Objects are the same for months, and reading certificates takes a while. */
function remembering<T, R>(build: (value: T) => R, keyOf: (value: T) => string): (value: T) => R {
  const built = new Map<string, R>();
  return (value) => {
    const key = keyOf(value);
    const known = built.get(key);
    if (known !== undefined) return known;
    if (built.size >= 8) built.clear();
    const result = build(value);
    built.set(key, result);
    return result;
  };
}
