// What the API server noted about requests for pods: who, what came back, and what webhooks did.
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ControlPlaneAccess } from "./access.ts";

/** The fields that tests read, of audit.k8s.io/v1 Event. */
export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  /** No name where the request had none (generateName). */
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string; readonly message?: string };
  /**
   * `mutation.webhook.admission.k8s.io/round_N_index_M` (was it changed), `patch.webhook…` (by what), `failed-open.…`,
   * and each webhook's own as `<webhook name>/<key>`.
   */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly requestObject?: unknown;
}

/** All up to now, oldest first. */
export async function auditEvents(access: ControlPlaneAccess): Promise<AuditEvent[]> {
  const text = await readFile(access.auditLogPath, "utf8");
  // What follows the last line's end is being written.
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditEvent);
}

/**
 * The first event that matches. An event may be written after its request was answered, so there is waiting for it.
 *
 * @throws Error when there is none within `timeoutMs`
 */
export async function awaitAuditEvent(
  access: ControlPlaneAccess,
  matches: (event: AuditEvent) => boolean,
  timeoutMs = 10_000,
): Promise<AuditEvent> {
  let changed = Promise.withResolvers<void>();
  let isOver = false;
  // Before the first look, so that no change falls between a look and the waiting.
  const watcher = watch(access.auditLogPath, () => changed.resolve());
  const timer = setTimeout(() => {
    isOver = true;
    changed.resolve();
  }, timeoutMs);
  try {
    for (;;) {
      changed = Promise.withResolvers<void>();
      const event = (await auditEvents(access)).find(matches);
      if (event !== undefined) return event;
      if (isOver) throw new Error(`no such audit event within ${timeoutMs / 1000} s in ${access.auditLogPath}`);
      await changed.promise;
    }
  } finally {
    clearTimeout(timer);
    watcher.close();
  }
}
