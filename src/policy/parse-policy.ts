import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from "yaml";
import {
  BUILT_IN_POLICY,
  DEFAULT_MAX_IMAGE_LAYERS,
  type KataStatement,
  type Policy,
  type PolicyTarget,
} from "../engine/policy.ts";
import { policyFaults, policyWarnings } from "./policy-checks.ts";
import { fieldPath, type PolicyError, type PolicyFault } from "./policy-error.ts";
import { schemaFaults } from "./schema-faults.ts";

export type ParsedPolicy =
  | { readonly kind: "policy"; readonly policy: Policy; readonly warnings: readonly string[] }
  | { readonly kind: "invalid"; readonly errors: readonly PolicyError[] };

/** What a ConfigMap can hold (1 MiB, API server's limit): a longer text is no policy. */
export const LONGEST_POLICY: number = 1024 * 1024;
/** A policy has no use for many aliases; more of them, nested, unfold into gigabytes. */
const MOST_ALIASES = 100;
/** One slip makes the parser stumble again at every bracket after it. */
const MOST_SYNTAX_ERRORS = 5;

/**
 * Reads a policy file. Absent fields get the built-in policy's values.
 *
 * @param file the name that errors carry
 * @returns the policy, with warnings on what is legal and has no effect or is dangerous; or every error, by line
 */
export function parsePolicy(text: string, file: string): ParsedPolicy {
  const lines = new LineCounter();
  const invalid = (errors: readonly Omit<PolicyError, "file">[]): ParsedPolicy => ({
    kind: "invalid",
    errors: errors.map((error) => ({ file, ...error })).sort((a, b) => a.line - b.line),
  });
  const whole = (message: string, line = 1): ParsedPolicy => invalid([{ line, path: "", message }]);

  if (text.length > LONGEST_POLICY) return whole(`the file has ${text.length} characters; allowed: ${LONGEST_POLICY}`);
  let documents: Document.Parsed[];
  try {
    // The default of prettyErrors would put an excerpt of several lines into each message.
    documents = [
      ...parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, logLevel: "error" }),
    ];
  } catch (error) {
    // The parser recurses; a text of a million brackets ends its stack.
    return whole(`the file is not readable as YAML: ${messageOf(error)}`);
  }
  const syntaxErrors = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  if (syntaxErrors.length > 0) {
    return invalid(
      syntaxErrors.slice(0, MOST_SYNTAX_ERRORS).map((error) => ({
        line: lineAt(lines, error.pos[0]),
        path: "",
        message: `the file is not readable as YAML: ${error.message.replaceAll(/\s+/g, " ")}`,
      })),
    );
  }
  const [document, second] = documents.filter((each) => !isEmpty(each));
  if (document === undefined) return whole("the file is empty; allowed: one policy (apiVersion, kind, targets, …)");
  if (second !== undefined) {
    return whole("the file goes on with another document; allowed: one policy", lineAt(lines, second.range[0]));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    return whole(`the file cannot be unfolded: ${messageOf(error)}`);
  }
  const place = (fault: PolicyFault): Omit<PolicyError, "file"> => ({
    line: lineOf(document, lines, fault),
    path: fieldPath(fault.segments),
    message: fault.segments.length === 0 ? `the file ${fault.message}` : fault.message,
  });
  const shapeFaults = schemaFaults(value);
  if (shapeFaults.length > 0) return invalid(shapeFaults.map(place));
  const policy = toPolicy(value as PolicyFile);
  const faults = policyFaults(policy);
  return faults.length > 0 ? invalid(faults.map(place)) : { kind: "policy", policy, warnings: policyWarnings(policy) };
}

/** What the schema lets through: a policy with everything optional but the names. */
interface PolicyFile extends Partial<Omit<Policy, "targets" | "status" | "rollout">> {
  readonly targets?: readonly (Partial<PolicyTarget> & Pick<PolicyTarget, "runtimeClass">)[];
  readonly status?: Partial<Policy["status"]>;
  readonly rollout?: Partial<Policy["rollout"]>;
}

function toPolicy(file: PolicyFile): Policy {
  const { targets, rules, dangerouslyAllow, barePods, harmlessResources, status, rollout } = file;
  return {
    targets: targets?.map(toTarget) ?? BUILT_IN_POLICY.targets,
    rules: rules ?? BUILT_IN_POLICY.rules,
    dangerouslyAllow: dangerouslyAllow ?? BUILT_IN_POLICY.dangerouslyAllow,
    barePods: barePods ?? BUILT_IN_POLICY.barePods,
    harmlessResources: harmlessResources ?? BUILT_IN_POLICY.harmlessResources,
    status: { ...BUILT_IN_POLICY.status, ...status },
    rollout: { ...BUILT_IN_POLICY.rollout, ...rollout },
  };
}

function toTarget(target: Partial<PolicyTarget> & Pick<PolicyTarget, "runtimeClass">): PolicyTarget {
  const nothing: KataStatement = {};
  return {
    runtimeClass: target.runtimeClass,
    selection: target.selection ?? "auto",
    trust: target.trust ?? "evidence",
    variant: target.variant ?? null,
    configPath: target.configPath ?? null,
    maxImageLayers: target.maxImageLayers ?? DEFAULT_MAX_IMAGE_LAYERS,
    kata: target.kata ?? nothing,
    private: target.private ?? nothing,
  };
}

/** Only comments and markers. */
function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (contents.range[0] === contents.range[1] && document.toJS() === null);
}

/** The line of the field's key, or of the nearest thing around it that the text holds. */
function lineOf(document: Document.Parsed, lines: LineCounter, fault: PolicyFault): number {
  for (let length = fault.segments.length; length > 0; length -= 1) {
    const around = nodeAt(document, fault.segments.slice(0, length - 1));
    const last = fault.segments[length - 1];
    const node = isMap(around)
      ? around.items.find((pair) => keyName(pair.key) === last)?.key
      : nodeAt(document, fault.segments.slice(0, length));
    if (isNode(node) && node.range != null) return lineAt(lines, node.range[0]);
  }
  return lineAt(lines, document.contents?.range[0] ?? 0);
}

function nodeAt(document: Document.Parsed, segments: readonly (string | number)[]): unknown {
  return segments.length === 0 ? document.contents : document.getIn(segments, true);
}

function keyName(key: unknown): string | null {
  return isScalar(key) ? String(key.value) : null;
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
