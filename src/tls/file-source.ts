import { type FileContent, readFiles, watchFiles } from "../files/watched-files.ts";
import { checkKeyPair, type CheckedKeyPair } from "./key-pair.ts";
import type { CertificateSource, KeyPair } from "./source.ts";

export interface FileSourceOptions {
  readonly certFile: string;
  readonly keyFile: string;
  readonly now: () => Date;
  /** The name that the API server asks for: a certificate for others is refused. Default null: any will do. */
  readonly host?: string | null;
  /** Called for each change of the files after they were opened; after `refused` the pair from before goes on serving. */
  readonly onReload: (reload: CheckedKeyPair) => void;
  /** How often the files are read without an event; default 10 s. */
  readonly pollMs?: number;
}

export type OpenedCertificate =
  | { readonly kind: "open"; readonly source: CertificateSource }
  | { readonly kind: "refused"; readonly why: string };

/** Serves a certificate and its key from two files and follows them, as a Secret's mount renews them. */
export async function openCertificateFiles(options: FileSourceOptions): Promise<OpenedCertificate> {
  const { certFile, keyFile, onReload, pollMs } = options;
  const files = [certFile, keyFile];
  const seen = await readFiles(files);
  const first = toChecked(seen, options);
  if (first.kind === "refused") return first;

  let pair = first.pair;
  let isRefused = false;
  const listeners: ((pair: KeyPair) => void)[] = [];
  const watched = watchFiles({
    files,
    seen,
    onRead: (contents, isChanged) => {
      // A pair that was not valid yet becomes valid with time, so a refused one is looked at again.
      if (!isChanged && !isRefused) return;
      const reload = toChecked(contents, options);
      if (!isChanged && reload.kind === "refused") return;
      isRefused = reload.kind === "refused";
      if (reload.kind === "pair") {
        pair = reload.pair;
        for (const listener of listeners) listener(pair);
      }
      onReload(reload);
    },
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  return {
    kind: "open",
    source: {
      current: () => pair,
      onChange: (listener) => {
        listeners.push(listener);
      },
      close: () => watched.close(),
    },
  };
}

function toChecked(
  contents: readonly FileContent[],
  { certFile, keyFile, now, host = null }: FileSourceOptions,
): CheckedKeyPair {
  const [cert, key] = contents;
  if (cert?.kind !== "text") return { kind: "refused", why: `${certFile} ${cert?.why ?? "was not read"}` };
  if (key?.kind !== "text") return { kind: "refused", why: `${keyFile} ${key?.why ?? "was not read"}` };
  const checked = checkKeyPair(cert.text, key.text, now(), host);
  return checked.kind === "pair" ? checked : { kind: "refused", why: `${certFile}, ${keyFile}: ${checked.why}` };
}
