// What happened in a simulation, as a test looks at it.
import type { CertificateEvent } from "../../src/tls/certificate-event.ts";
import { parseCaSecret } from "../../src/tls/ca-secret.ts";
import { idsIn } from "./served-truth.ts";
import type { Happening, Simulation } from "./simulation.ts";

/** How often replicas wrote what to the Secret. */
export function secretWrites({ happenings }: Simulation): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { event } of happenings) if (event.kind === "secret") counts[event.cause] = (counts[event.cause] ?? 0) + 1;
  return counts;
}

/** What every entry trusts, and what the Secret says that it should; fingerprints, sorted. */
export function trust({ cluster }: Simulation): {
  readonly agreed: readonly string[];
  readonly trusted: readonly string[];
} {
  const parsed = parseCaSecret(cluster.secret()?.data ?? {});
  if (parsed.kind !== "agreed") throw new Error("the Secret cannot be used");
  const { current, next, retired } = parsed.agreed;
  const agreed = [current, ...(next === null ? [] : [next]), ...retired].map(({ id }) => id).sort();
  const bundles = (cluster.webhooks() ?? []).map(({ caBundle }) => [...idsIn(caBundle)].sort());
  const [trusted = [], ...others] = bundles;
  for (const other of others) if (other.join() !== trusted.join()) throw new Error("the entries differ");
  return { agreed, trusted };
}

/** The first one of that kind and, where it matters, cause; with `replica`, of that replica. */
export function find(
  { happenings }: Simulation,
  kind: CertificateEvent["kind"],
  cause?: string,
  replica?: number,
): Happening {
  const found = happenings.find(
    (happening) =>
      happening.event.kind === kind &&
      (cause === undefined || ("cause" in happening.event && happening.event.cause === cause)) &&
      (replica === undefined || happening.replica === replica),
  );
  if (found === undefined) throw new Error(`no ${kind} ${cause ?? ""} has happened`);
  return found;
}

/** Runs until it has happened once more. */
export async function runUntil(
  simulation: Simulation,
  kind: CertificateEvent["kind"],
  cause: string,
  mostMinutes: number = 300 * 24 * 60,
): Promise<void> {
  const before = simulation.happenings.length;
  for (let minute = 0; minute < mostMinutes; minute += 1) {
    await simulation.run(1);
    const fresh = simulation.happenings.slice(before);
    if (fresh.some(({ event }) => event.kind === kind && "cause" in event && event.cause === cause)) return;
  }
  throw new Error(`no ${kind} ${cause} within ${mostMinutes} minutes`);
}
