// What replicas agree on, and how it stands in the Secret.
import { type Authority, readAuthority } from "./authority.ts";
import { type AuthorityCertificate, parseCertificate, toAuthorityCertificate } from "./ca-bundle.ts";

/** A CA that signs no more, and is trusted until its last leaf has expired. Its key is not kept. */
export interface RetiredAuthority extends AuthorityCertificate {
  /** Milliseconds since 1970, by the API server's clock. */
  readonly retiredAt: number;
  /** Agreed: it goes out of every caBundle, and then out of the Secret. */
  readonly isDropping: boolean;
  /** What a newer version wrote beside it, kept as it is. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface AgreedAuthorities {
  /** Signs leaves. */
  readonly current: Authority;
  /** On its way into every caBundle; signs nothing yet. */
  readonly next: Authority | null;
  readonly retired: readonly RetiredAuthority[];
}

export type ParsedSecret =
  | { readonly kind: "agreed"; readonly agreed: AgreedAuthorities }
  /** No key of ours: nobody has written it yet, or somebody emptied it. */
  | { readonly kind: "empty" }
  | { readonly kind: "unusable"; readonly why: string };

type SecretData = Readonly<Record<string, string>>;

const KEYS = {
  certificate: "ca.crt",
  key: "ca.key",
  nextCertificate: "next-ca.crt",
  nextKey: "next-ca.key",
  retired: "retired-ca.json",
} as const;

const OWN_KEYS: ReadonlySet<string> = new Set(Object.values(KEYS));

/**
 * Reads a Secret's data; it may hold anything.
 *
 * Only the current CA has to be right. A next one that cannot be read counts as none, and so does a retired one: they
 * are adopted from the caBundles, and nobody writes a Secret only because a newer version's part of it is unknown here.
 */
export function parseCaSecret(data: SecretData): ParsedSecret {
  if (!Object.keys(data).some((key) => OWN_KEYS.has(key))) return { kind: "empty" };
  const read = readAuthority(decode(data[KEYS.certificate]), decode(data[KEYS.key]));
  if (read.kind === "refused") return { kind: "unusable", why: `${KEYS.certificate}, ${KEYS.key}: ${read.why}` };
  const current = read.authority;
  const readNext = readAuthority(decode(data[KEYS.nextCertificate]), decode(data[KEYS.nextKey]));
  const next = readNext.kind === "authority" && readNext.authority.id !== current.id ? readNext.authority : null;
  // A person may have made a retired CA the current one again; in two places it would be both wanted and dropped.
  const retired = parseRetired(data[KEYS.retired]).filter(({ id }) => id !== current.id && id !== next?.id);
  return { kind: "agreed", agreed: { current, next, retired } };
}

/** The Secret's data with what is agreed now; keys that are not ours stay as they are. */
export function toSecretData(before: SecretData, { current, next, retired }: AgreedAuthorities): SecretData {
  const others = Object.entries(before).filter(([key]) => !OWN_KEYS.has(key));
  const list = retired.map(({ pem, retiredAt, isDropping, extra }) => ({
    ...extra,
    certificate: pem,
    retiredAt: new Date(retiredAt).toISOString(),
    ...(isDropping ? { dropping: true } : {}),
  }));
  return {
    ...Object.fromEntries(others),
    [KEYS.certificate]: encode(current.pem),
    [KEYS.key]: encode(current.key),
    ...(next === null ? {} : { [KEYS.nextCertificate]: encode(next.pem), [KEYS.nextKey]: encode(next.key) }),
    ...(list.length === 0 ? {} : { [KEYS.retired]: encode(`${JSON.stringify(list, null, 2)}\n`) }),
  };
}

function parseRetired(value: string | undefined): readonly RetiredAuthority[] {
  if (value === undefined) return [];
  let list: unknown;
  try {
    list = JSON.parse(decode(value));
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const authorities = (list as readonly unknown[]).map(parseRetiredItem).filter((authority) => authority !== null);
  return [...new Map(authorities.map((authority) => [authority.id, authority])).values()];
}

function parseRetiredItem(item: unknown): RetiredAuthority | null {
  if (typeof item !== "object" || item === null) return null;
  const { certificate, retiredAt, dropping, ...extra } = item as Readonly<Record<string, unknown>>;
  if (typeof certificate !== "string" || typeof retiredAt !== "string") return null;
  const parsed = parseCertificate(certificate);
  const time = Date.parse(retiredAt);
  if (parsed === null || Number.isNaN(time)) return null;
  return { ...toAuthorityCertificate(parsed), retiredAt: time, isDropping: dropping === true, extra };
}

function decode(value: string | undefined): string {
  return Buffer.from(value ?? "", "base64").toString("utf8");
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
