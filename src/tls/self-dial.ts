// The server as a client sees it: dials its own port and looks at the certificate that it gets.
import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { findServedProblem } from "./served-certificate.ts";
import type { TrustingEntry } from "./sightings.ts";
import type { CertificateSource } from "./source.ts";

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** The name that is asked for; one that the certificate is for. */
  readonly servername: string;
}

export type Dialled =
  | { readonly kind: "served"; readonly certificate: X509Certificate }
  | { readonly kind: "failed"; readonly why: string };

export interface SelfDialOptions {
  readonly target: DialTarget;
  readonly source: CertificateSource;
  /** Whether all replicas serve the same certificate. */
  readonly isShared: boolean;
  /** Our webhook entries as they were read last; null where nobody reads them. */
  readonly entries: () => readonly TrustingEntry[] | null;
  readonly now: () => Date;
  /** Default 5 s. */
  readonly everyMs?: number;
}

export interface SelfDial {
  /** Why the server should get no reviews, as a sentence; null where nothing is in the way. */
  problem(): string | null;
  /** Dials now; problem() knows the outcome when this resolves. Never rejects. */
  dial(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 5_000;
const TIMEOUT_MS = 2_000;

/** Dials at once, at every interval, and whenever the source has another pair. */
export function startSelfDial(options: SelfDialOptions): SelfDial {
  const { target, source, isShared, entries, now, everyMs = EVERY_MS } = options;
  let last: Dialled = { kind: "failed", why: "not dialled yet" };
  /** What should have been served then. */
  let pair = source.current();
  let dialling: Promise<void> | null = null;

  async function dialOnce(): Promise<void> {
    const before = source.current();
    const dialled = await dialCertificate(target, TIMEOUT_MS);
    // Replaced meanwhile: what was served then says nothing about now, and so once more.
    if (before !== source.current()) return await dialOnce();
    last = dialled;
    pair = before;
  }

  async function dial(): Promise<void> {
    dialling ??= dialOnce().finally(() => {
      dialling = null;
    });
    await dialling;
  }

  source.onChange(() => void dial());
  const timer = setInterval(() => void dial(), everyMs);
  timer.unref();
  void dial();

  return {
    problem() {
      if (last.kind === "failed") return `the server's own port cannot be dialled: ${last.why}`;
      const { certificate: served } = last;
      return findServedProblem({ served, current: pair, isShared, entries: entries(), now: now() });
    },
    dial,
    async close() {
      clearInterval(timer);
      await dialling;
    },
  };
}

/** One TLS handshake. Nothing is verified here: that is the question, not the condition. */
export async function dialCertificate(target: DialTarget, timeoutMs: number): Promise<Dialled> {
  return await new Promise((resolve) => {
    const socket = connect({ ...target, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    // Ended and not destroyed: a reset would look like a client that breaks its handshake off.
    const end = (outcome: Dialled): void => {
      socket.end();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      resolve({ kind: "failed", why: `no answer within ${timeoutMs} ms` });
    });
    socket.on("error", (error) => resolve({ kind: "failed", why: error.message }));
    // Nothing is sent, but what is not read keeps the socket from closing.
    socket.resume();
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerX509Certificate();
      end(
        certificate === undefined
          ? { kind: "failed", why: "the server sent no certificate" }
          : { kind: "served", certificate },
      );
    });
  });
}
