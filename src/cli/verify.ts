// kata-thp verify: does the API server really ask the webhook? `helm test` runs it.
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiConnection, openConnection } from "../cluster/api-connection.ts";
import { type Reason, REASONS } from "../engine/reasons.ts";
import { type DryRunOutcome, dryRunPod } from "./dry-run-pod.ts";
import { parseFlags } from "./flags.ts";
import { complain, EXIT, print, printable } from "./print.ts";

export const VERIFY_USAGE: string = `kata-thp verify --namespace NAMESPACE [FLAGS]

Sends a pod through the API server (dry-run: nothing is stored) and says what the webhook made of it. It asks again until
the webhook has left a word on the pod, or the time is over. The namespace needs the label kata-thp.dev/mode: enforce.

  -n, --namespace NAMESPACE   namespace of the pod
      --runtime-class NAME    its RuntimeClass (default: kata-clh)
      --timeout SECONDS       how long to ask (default: 60)
      --kubeconfig FILE       how the API server is reached (default: as a pod in the cluster)
      --context NAME          context of the kubeconfig (default: its current one)
  -h, --help

Exit code: 0 where the pod was patched or left alone with a reason, 1 where the webhook left no word, 2 for bad flags.`;

/** The webhook left no word on the pod. */
const NOT_SEEN = 1;
const ASK_AGAIN_MS = 500;
/** One request that hangs must not use up all of the time. */
const LONGEST_ANSWER_MS = 15_000;
const LONGEST_SECONDS = 3600;

/** The command; resolves to its exit code. */
export async function verify(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv, {
    namespace: { type: "string", short: "n", default: "" },
    "runtime-class": { type: "string", default: "kata-clh" },
    timeout: { type: "string", default: "60" },
    kubeconfig: { type: "string" },
    context: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (flags.kind === "invalid") return refuse([flags.error, "kata-thp verify --help tells its flags"]);
  const { values, positionals } = flags;
  if (values.help) {
    print(VERIFY_USAGE);
    return EXIT.ok;
  }
  const seconds = /^\d{1,4}$/.test(values.timeout) ? Number(values.timeout) : 0;
  const errors = [
    ...positionals.map((word) => `verify takes flags only, not ${JSON.stringify(word)}`),
    values.namespace === "" ? "--namespace is missing: name one with the label kata-thp.dev/mode: enforce" : null,
    values["runtime-class"] === "" ? "--runtime-class is empty: name a RuntimeClass that the policy names" : null,
    seconds < 1 || seconds > LONGEST_SECONDS
      ? `--timeout must be a whole number from 1 to ${LONGEST_SECONDS}, not ${JSON.stringify(values.timeout)}`
      : null,
  ].filter((error) => error !== null);
  if (errors.length > 0) return refuse(errors);

  const opened = await openConnection({
    kubeconfig: values.kubeconfig ?? null,
    context: values.context ?? null,
    env: process.env,
  });
  if (opened.kind === "refused") return refuse([opened.why]);
  const asked = { namespace: values.namespace, runtimeClass: values["runtime-class"], timeoutMs: seconds * 1000 };
  return report(asked, await askUntilSeen(opened.connection, asked, () => performance.now()));
}

interface Asked {
  readonly namespace: string;
  readonly runtimeClass: string;
  readonly timeoutMs: number;
}

/**
 * A fresh pod each time: a policy's rollout may leave one name out and take the next. What a new Namespace, a new role or
 * a webhook that is just starting needs a moment for is asked again too.
 */
async function askUntilSeen(
  connection: ApiConnection,
  { namespace, runtimeClass, timeoutMs }: Asked,
  clockMs: () => number,
): Promise<DryRunOutcome> {
  const end = clockMs() + timeoutMs;
  for (;;) {
    const name = `kata-thp-verify-${randomBytes(4).toString("hex")}`;
    const leftMs = Math.min(LONGEST_ANSWER_MS, Math.max(1000, Math.ceil(end - clockMs())));
    const outcome = await dryRunPod(connection, { namespace, name, runtimeClass }, leftMs);
    if (isFinal(outcome) || clockMs() + ASK_AGAIN_MS > end) return outcome;
    await delay(ASK_AGAIN_MS);
  }
}

function isFinal(outcome: DryRunOutcome): boolean {
  if (outcome.kind === "refused") return isMissingRuntimeClass(outcome.why) || [400, 404, 422].includes(outcome.code);
  return outcome.kind === "patched" || outcome.kind === "left-alone";
}

/** plugin/pkg/admission/runtimeclass: `pod rejected: RuntimeClass "kata-clh" not found`. */
function isMissingRuntimeClass(why: string): boolean {
  return /RuntimeClass "[^"]*" not found/.test(why);
}

function report({ namespace, runtimeClass, timeoutMs }: Asked, outcome: DryRunOutcome): number {
  switch (outcome.kind) {
    case "patched": {
      const { selection, version, from } = outcome.status;
      print(`PASS: the webhook answers (version ${version}) and patched the pod, selection ${selection}`);
      if (outcome.runtimeClass !== from) print(`  runtimeClassName: ${from} became ${outcome.runtimeClass}`);
      return EXIT.ok;
    }
    case "left-alone":
      print("PASS: the webhook answers, and left the pod alone because of");
      for (const reason of outcome.reasons) print(`  ${explained(reason)}`);
      return EXIT.ok;
    case "refused":
      complain(`FAIL: the API server refused the pod with ${outcome.code}: ${printable(outcome.why)}`);
      if (isMissingRuntimeClass(outcome.why)) {
        complain(
          `  Install Kata, or name in the policy's targets (or with --runtime-class) a RuntimeClass that exists.`,
        );
      }
      return NOT_SEEN;
    case "unanswered":
      complain(`FAIL: the API server did not answer: ${printable(outcome.why)}`);
      return NOT_SEEN;
    case "untouched":
      complain(
        `FAIL: for ${timeoutMs / 1000} s pods of RuntimeClass ${runtimeClass} in namespace ${namespace} were admitted without a word of the webhook's`,
      );
      for (const line of UNTOUCHED) complain(`  ${line}`);
      return NOT_SEEN;
    default:
      return outcome satisfies never;
  }
}

const UNTOUCHED = [
  "The API server does not reach it and goes on without it (failurePolicy Ignore): its log says why, and its metric",
  "apiserver_admission_webhook_fail_open_count counts it. Or the namespace has no label kata-thp.dev/mode: enforce, the",
  "policy does not name the RuntimeClass, it writes no annotations (status), its rollout leaves most pods out, or one of",
  "webhook.matchConditions keeps them away or cannot be evaluated (apiserver_admission_match_condition_evaluation_errors_total).",
] as const;

function explained(reason: string): string {
  const text = Object.hasOwn(REASONS, reason) ? REASONS[reason as Reason] : undefined;
  return text === undefined ? printable(reason) : `${reason}: ${text.sentence} ${text.action}`;
}

function refuse(errors: readonly string[]): number {
  for (const error of errors) complain(`kata-thp: ${printable(error)}`);
  return EXIT.badInput;
}
