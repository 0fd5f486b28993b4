import type { Policy } from "../engine/policy.ts";
import { type FileContent, readFiles, watchFiles } from "../files/watched-files.ts";
import { parsePolicy, type ParsedPolicy } from "./parse-policy.ts";
import type { PolicyError } from "./policy-error.ts";

/** Where the policy that serves comes from. */
export interface PolicySource {
  /** The newest policy that could be read. */
  current(): Policy;
  close(): Promise<void>;
}

/** What came of a changed file. After `invalid` the policy from before goes on serving. */
export type PolicyReload = ParsedPolicy;

export type OpenedPolicy =
  | { readonly kind: "open"; readonly source: PolicySource; readonly warnings: readonly string[] }
  | { readonly kind: "invalid"; readonly errors: readonly PolicyError[] };

export interface PolicyFileOptions {
  readonly file: string;
  /** Called for each change of the file after it was opened. */
  readonly onReload: (reload: PolicyReload) => void;
  /** How often the file is read without an event; default 10 s. */
  readonly pollMs?: number;
}

/**
 * Reads the policy and follows its file. A change is read once, never per request, and one that is wrong is kept out.
 * With an invalid file there is nothing to serve with, so nothing is watched either.
 */
export async function openPolicyFile(options: PolicyFileOptions): Promise<OpenedPolicy> {
  const { file, onReload, pollMs } = options;
  const seen = await readFiles([file]);
  const first = toParsed(seen[0], file);
  if (first.kind === "invalid") return first;

  let policy = first.policy;
  const watched = watchFiles({
    files: [file],
    seen,
    onRead: (contents, isChanged) => {
      if (!isChanged) return;
      const reload = toParsed(contents[0], file);
      if (reload.kind === "policy") policy = reload.policy;
      onReload(reload);
    },
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  return {
    kind: "open",
    source: { current: () => policy, close: () => watched.close() },
    warnings: first.warnings,
  };
}

/** A policy that never changes: the built-in one, where no file is named. */
export function fixedPolicy(policy: Policy): PolicySource {
  return { current: () => policy, close: () => Promise.resolve() };
}

function toParsed(content: FileContent | undefined, file: string): ParsedPolicy {
  if (content?.kind === "text") return parsePolicy(content.text, file);
  const message = `the file ${content?.why ?? "was not read"}`;
  return { kind: "invalid", errors: [{ file, line: 1, path: "", message }] };
}
