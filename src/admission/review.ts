// admission.k8s.io/v1 AdmissionReview, as far as it is read here (k8s.io/api/admission/v1/types.go).
import { condenseReview } from "./condense-review.ts";
import type { Pieces } from "./scanned-text.ts";

export const REVIEW_API_VERSION = "admission.k8s.io/v1";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface AdmissionReview {
  /** As sent: the answer must say exactly the same. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
  readonly resourceKind: GroupVersionKind;
  readonly subResource: string;
  readonly operation: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  /** The object under admission, unread; null where there is none. Fields that no decision looks at may be missing. */
  readonly object: unknown;
  /** The object has a key that a careless copy would turn into its prototype. No object of the API server's has one. */
  readonly hasPrototypeKey: boolean;
}

export type ParsedReview =
  | { readonly kind: "review"; readonly review: AdmissionReview }
  /** `status`: the HTTP status; `message`: one sentence for whoever sent it. */
  | { readonly kind: "refused"; readonly status: 400; readonly message: string };

/** The API server's has 36. It is sent back, and an answer that a client does not read stays in memory for a while. */
const LONGEST_UID = 256;

/** Reads a review. What can be answered (it has a uid) is a review, however odd the rest is. */
export function parseReview(body: Pieces): ParsedReview {
  const condensed = condenseReview(body);
  let value: unknown;
  try {
    value = JSON.parse(condensed ?? Buffer.concat(body).toString("utf8"));
  } catch {
    return refused("The body is not JSON: send an AdmissionReview as application/json.");
  }
  if (!isObject(value)) return refused("The body is not an AdmissionReview: it has to be a JSON object.");
  const { kind, apiVersion, request } = value;
  if (kind !== "AdmissionReview") return refused("kind has to be AdmissionReview.");
  if (apiVersion !== REVIEW_API_VERSION) {
    return refused(
      apiVersion === "admission.k8s.io/v1beta1"
        ? "apiVersion admission.k8s.io/v1beta1 is not served: set admissionReviewVersions to [v1] in the webhook configuration."
        : `apiVersion has to be ${REVIEW_API_VERSION}.`,
    );
  }
  if (!isObject(request)) return refused("request is missing: an AdmissionReview that is sent has to have one.");
  const { uid } = request;
  if (typeof uid !== "string" || uid === "")
    return refused("request.uid is missing: without it nothing can be answered.");
  if (uid.length > LONGEST_UID) {
    return refused(`request.uid has ${uid.length} characters; at most ${LONGEST_UID} are answered.`);
  }
  const gvk = isObject(request["kind"]) ? request["kind"] : {};
  return {
    kind: "review",
    review: {
      apiVersion,
      kind,
      uid,
      resourceKind: { group: text(gvk["group"]), version: text(gvk["version"]), kind: text(gvk["kind"]) },
      subResource: text(request["subResource"]),
      operation: text(request["operation"]),
      namespace: text(request["namespace"]),
      dryRun: request["dryRun"] === true,
      object: request["object"] ?? null,
      hasPrototypeKey: condensed === null && hasPrototypeKey(request["object"]),
    },
  };
}

/** Does the value have such a key, at any depth? Not recursive: nesting is the sender's choice. */
export function hasPrototypeKey(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    if (Object.hasOwn(next, "__proto__")) return true;
    if (Object.hasOwn(next, "constructor")) {
      const { constructor: own } = next as { readonly constructor: unknown };
      if (isObject(own) && Object.hasOwn(own, "prototype")) return true;
    }
    for (const each of Object.values(next)) if (typeof each === "object" && each !== null) open.push(each);
  }
  return false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that is absent or of another type is empty, as in Go. */
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function refused(message: string): ParsedReview {
  return { kind: "refused", status: 400, message };
}
