// The seam between the self-signed source and the cluster: one Secret, and the caBundles of one webhook configuration.

/** The Secret as it was read. */
export interface StoredSecret {
  readonly resourceVersion: string;
  /** Base64 as in the API, and never decoded where a key is not ours: a newer version's value may be no text. */
  readonly data: Readonly<Record<string, string>>;
  /** The whole object, which goes back with new data: other people's labels and fields are kept. */
  readonly object: unknown;
}

/** One entry of the webhook configuration. */
export interface StoredWebhook {
  readonly index: number;
  readonly name: string;
  /** The name by which the API server verifies its server: `NAME.NAMESPACE.svc`, or a URL's host. */
  readonly host: string;
  /** Base64 of PEM; "" where the field is absent. */
  readonly caBundle: string;
  /** As it was read: a patch is made only where it still equals this. */
  readonly clientConfig: unknown;
}

export interface BundleChange {
  readonly webhook: StoredWebhook;
  /** Base64 of PEM. */
  readonly caBundle: string;
}

/** What the API server did not do; `why` is a sentence with its own words. */
export interface StoreFailure {
  readonly kind: "failed";
  readonly why: string;
}

/** Somebody else was first: read again, and decide again. */
export interface StoreConflict {
  readonly kind: "conflict";
  readonly why: string;
}

export interface SecretRead {
  readonly kind: "read";
  /** null: there is none. */
  readonly secret: StoredSecret | null;
  /** The API server's clock in milliseconds since 1970, to the second; null where its answer does not say. */
  readonly serverTime: number | null;
}

export interface WebhooksRead {
  readonly kind: "read";
  /** null: there is no such configuration. */
  readonly webhooks: readonly StoredWebhook[] | null;
}

/** None of its methods rejects. Reads are never older than any write that was answered before them. */
export interface CertificateStore {
  readSecret(): Promise<SecretRead | StoreFailure>;
  /** Replaces the data of the Secret that `before` is, or makes it where `before` is null; conflict if that changed. */
  writeSecret(
    before: StoredSecret | null,
    data: Readonly<Record<string, string>>,
  ): Promise<{ readonly kind: "written"; readonly secret: StoredSecret } | StoreConflict | StoreFailure>;
  readWebhooks(): Promise<WebhooksRead | StoreFailure>;
  /** Changes caBundles, all or none; conflict if one of the entries is not as it was read. */
  patchWebhooks(
    changes: readonly BundleChange[],
  ): Promise<{ readonly kind: "written"; readonly webhooks: readonly StoredWebhook[] } | StoreConflict | StoreFailure>;
}
