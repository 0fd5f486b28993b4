// Answers, and the only place that sets the uid. The API server's rules: apiserver
// pkg/admission/plugin/webhook/request/admissionreview.go (uid, kind and apiVersion as sent; patch and patchType both
// or neither). A pod is never denied.
import type { Operation } from "../engine/patch.ts";
import type { AdmissionReview } from "./review.ts";

/** What goes along with an answer. Audit annotation keys get the webhook's name before them. */
export interface Notes {
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** The pod passes; with operations it passes changed. The body as one string. */
export function allowed(review: AdmissionReview, operations: readonly Operation[], notes: Notes): string {
  const warnings = toWarnings(notes.warnings);
  const hasPatch = operations.length > 0;
  return JSON.stringify({
    apiVersion: review.apiVersion,
    kind: review.kind,
    response: {
      uid: review.uid,
      allowed: true,
      // What is undefined is left out.
      patchType: hasPatch ? "JSONPatch" : undefined,
      patch: hasPatch ? Buffer.from(JSON.stringify(operations)).toString("base64") : undefined,
      auditAnnotations: notes.auditAnnotations,
      warnings: warnings.length === 0 ? undefined : warnings,
    },
  });
}

/** Limits of the API server's: longer ones are cut there, and all beyond the total are dropped (apiserver warning). */
const WARNING_RUNES = 256;
const ALL_WARNINGS_RUNES = 4096;

/** Without control characters, which make the API server drop a warning, and within its limits. */
export function toWarnings(warnings: readonly string[]): string[] {
  const cut: string[] = [];
  let total = 0;
  for (const warning of warnings) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is to be found
    const clean = warning.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
    const runes = Array.from(clean);
    const short = runes.length > WARNING_RUNES ? `${runes.slice(0, WARNING_RUNES - 1).join("")}…` : clean;
    total += Math.min(runes.length, WARNING_RUNES);
    if (total > ALL_WARNINGS_RUNES) break;
    cut.push(short);
  }
  return cut;
}
