// The CAs whose client certificates are taken, from a file that is followed like the others.
import { X509Certificate } from "node:crypto";
import { type FileContent, readFiles, watchFiles } from "../files/watched-files.ts";

export interface ClientAuthority {
  /** The CAs that count now, and as PEM for OpenSSL; another object after each change. */
  current(): ClientAuthorities;
  /** Calls `listener` whenever they changed. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export interface ClientAuthorities {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

export type ReadClientAuthorities =
  | { readonly kind: "authorities"; readonly authorities: ClientAuthorities }
  /** `why` names the file. */
  | { readonly kind: "refused"; readonly why: string };

export interface ClientAuthorityOptions {
  readonly file: string;
  readonly now: () => Date;
  /** Called for each change of the file; after `refused` the CAs from before go on counting. */
  readonly onReload: (reload: ReadClientAuthorities) => void;
  /** How often the file is read without an event; default 10 s. */
  readonly pollMs?: number;
}

export type OpenedClientAuthority =
  | { readonly kind: "open"; readonly authority: ClientAuthority }
  | { readonly kind: "refused"; readonly why: string };

/** Reads the file and follows it, as a mounted ConfigMap or Secret changes. */
export async function openClientAuthority(options: ClientAuthorityOptions): Promise<OpenedClientAuthority> {
  const { file, now, onReload, pollMs } = options;
  const seen = await readFiles([file]);
  const first = toAuthorities(file, seen, now());
  if (first.kind === "refused") return first;

  let { authorities } = first;
  const listeners: (() => void)[] = [];
  const watched = watchFiles({
    files: [file],
    seen,
    onRead: (contents, isChanged) => {
      if (!isChanged) return;
      const reload = toAuthorities(file, contents, now());
      if (reload.kind === "authorities") {
        ({ authorities } = reload);
        for (const listener of listeners) listener();
      }
      onReload(reload);
    },
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  const authority: ClientAuthority = {
    current: () => authorities,
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => watched.close(),
  };
  return { kind: "open", authority };
}

function toAuthorities(file: string, [content]: readonly FileContent[], now: Date): ReadClientAuthorities {
  if (content?.kind !== "text") return { kind: "refused", why: `${file} ${content?.why ?? "was not read"}` };
  const read = parseClientAuthorities(content.text, now);
  return typeof read === "string"
    ? { kind: "refused", why: `${file}: ${read}` }
    : { kind: "authorities", authorities: read };
}

/**
 * Unlike a caBundle's, every certificate has to be right: half of a list of CAs would shut clients out that the other
 * half lets in. One that has expired may stay beside another that has not, as in the middle of a rotation.
 *
 * @returns a sentence where it cannot be used
 */
function parseClientAuthorities(pem: string, now: Date): ClientAuthorities | string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/g) ?? [];
  if (blocks.length === 0) return "there is no certificate in it; allowed: PEM of one or more CAs";
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const place = `certificate ${index + 1} of ${blocks.length}`;
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return `${place} is not readable; allowed: PEM of one or more CAs`;
    }
    if (certificates[index]?.ca !== true) {
      return `${place} is no CA; name the CA that signed the API server's client certificate, not that certificate`;
    }
  }
  if (certificates.every(({ validToDate }) => now >= validToDate)) return "every CA in it has expired";
  return { pem: `${blocks.join("\n")}\n`, certificates };
}
