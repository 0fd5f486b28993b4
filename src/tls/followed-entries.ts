// What the API server trusts, where others write it: cert-manager's cainjector, or a person.
import { parseBundle } from "./ca-bundle.ts";
import { unexpectedly } from "./certificate-event.ts";
import type { CertificateStore } from "./certificate-store.ts";
import type { TrustingEntry } from "./sightings.ts";

export interface FollowedEntries {
  /** The entries that call us, as they were read last, however long ago; null before the first reading. */
  entries(): readonly TrustingEntry[] | null;
  /** Reads now. Never rejects. */
  read(): Promise<void>;
  close(): Promise<void>;
}

export interface FollowedEntriesOptions {
  readonly store: Pick<CertificateStore, "readWebhooks">;
  /** Names that the API server may call us by. */
  readonly names: readonly string[];
  /** Called when the configuration cannot be read any more, and with null when it can again; `error`: a bug of ours. */
  readonly onProblem: (why: string | null, error?: unknown) => void;
  /** Default 10 s. */
  readonly pollMs?: number;
}

const POLL_MS = 10_000;

/** Reads the webhook configuration at once and at every poll, and changes nothing. */
export function followEntries({ store, names, onProblem, pollMs = POLL_MS }: FollowedEntriesOptions): FollowedEntries {
  let entries: readonly TrustingEntry[] | null = null;
  let problem: string | null = null;
  let reading: Promise<void> | null = null;

  async function readOnce(): Promise<void> {
    const answer = await store.readWebhooks();
    if (answer.kind === "failed") return say(answer.why);
    entries = (answer.webhooks ?? [])
      .filter(({ host }) => names.includes(host))
      .map(({ name, caBundle }) => ({ name, authorities: parseBundle(caBundle) }));
    say(null);
  }

  function say(why: string | null, error?: unknown): void {
    if (why === problem) return;
    onProblem(why, error);
    problem = why;
  }

  async function read(): Promise<void> {
    reading ??= readOnce()
      .catch((error: unknown) => say(unexpectedly("the caBundles could not be read:", error), error))
      .catch(() => {
        // Whoever should have been told threw as well: told again by the next reading.
      })
      .finally(() => {
        reading = null;
      });
    await reading;
  }

  const timer = setInterval(() => void read(), pollMs);
  timer.unref();
  void read();
  return {
    entries: () => entries,
    read,
    async close() {
      clearInterval(timer);
      await reading;
    },
  };
}
