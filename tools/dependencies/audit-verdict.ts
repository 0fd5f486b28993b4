/** What an audit said: vulnerabilities that were found, or that no registry answered. */
export type AuditVerdict =
  | { readonly kind: "clean" }
  | { readonly kind: "vulnerable"; readonly findings: readonly string[] }
  | { readonly kind: "unanswered"; readonly why: string };

interface AuditReport {
  readonly auditReportVersion?: number;
  readonly message?: string;
  readonly error?: { readonly summary?: string; readonly code?: string };
  readonly vulnerabilities?: Record<
    string,
    { readonly severity?: string; readonly range?: string; readonly fixAvailable?: unknown }
  >;
}

/** Severities that end a run, by npm's names. */
const SERIOUS: ReadonlySet<string> = new Set(["moderate", "high", "critical"]);

/**
 * Reads what `npm audit --json` printed. A registry that offers no audit is "unanswered" and never "clean";
 * so is output that is no report at all.
 */
export function auditVerdict(text: string): AuditVerdict {
  const report = readReport(text);
  if (report === null) return { kind: "unanswered", why: `npm audit printed no JSON: ${text.slice(0, 200)}` };
  if (report.vulnerabilities === undefined || report.auditReportVersion === undefined) {
    return { kind: "unanswered", why: report.message ?? report.error?.summary ?? "npm audit gave no report" };
  }
  const findings = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => severity === undefined || SERIOUS.has(severity))
    .map(
      ([name, { severity, range, fixAvailable }]) =>
        `${name} ${range ?? ""}: ${severity ?? "severity unknown"}; ${fixAvailable === false ? "no fixed release yet" : "npm audit fix"}`,
    );
  return findings.length === 0 ? { kind: "clean" } : { kind: "vulnerable", findings };
}

function readReport(text: string): AuditReport | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : null;
  } catch {
    return null;
  }
}
