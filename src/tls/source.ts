// The seam between the server and where its certificate comes from: files, memory, later one of our own making.

/** A certificate chain and its key, checked against each other. */
export interface KeyPair {
  /** PEM, the server's own certificate first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the server's certificate, `AA:BB:…`: what a log or a self-check compares. */
  readonly fingerprint: string;
}

export interface CertificateSource {
  /** The pair to serve with; always one that was valid when it was taken. */
  current(): KeyPair;
  /** Calls `listener` with each pair that replaces the current one, from then on. */
  onChange(listener: (pair: KeyPair) => void): void;
  close(): Promise<void>;
}
