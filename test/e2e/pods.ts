// Pods as the suite makes them, and what is read off stored ones.
import type { KubeObject } from "../apiserver/dispatch/kube-api.ts";
import { TARGET } from "./ground.ts";

const STATUS = "kata-thp.dev/status";
const SKIPPED = "kata-thp.dev/skipped";

/** Nobody schedules what has a gate: a pod that is only to be looked at runs nowhere, and goes at once. */
export const GATED = { schedulingGates: [{ name: "kata-thp.dev/e2e" }] } as const;

/** A pod with nothing to lose, of the target class, that is never scheduled; `spec` is laid over its spec. */
export function podOf(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "pod-", ...metadata },
    spec: { runtimeClassName: TARGET, ...GATED, containers: [{ name: "c", image: "registry.example/none" }], ...spec },
  };
}

/** The template of a pod that runs where pods run. */
export function templateOf(
  image: string,
  more: { readonly args?: readonly string[]; readonly spec?: object } = {},
): object {
  const { args, spec } = more;
  const resources = { requests: { cpu: "10m", memory: "16Mi" } };
  const container = {
    name: "c",
    image,
    imagePullPolicy: "IfNotPresent",
    resources,
    ...(args === undefined ? {} : { args }),
  };
  return {
    metadata: { labels: { app: "e2e" } },
    spec: { runtimeClassName: TARGET, terminationGracePeriodSeconds: 0, containers: [container], ...spec },
  };
}

/** What the webhook made of a pod. */
export interface Outcome {
  readonly runtimeClassName: string | undefined;
  /** From the status annotation; null where there is none. */
  readonly selection: string | null;
  /** The reasons of the other annotation, in their order; null where there is none. */
  readonly skipped: readonly string[] | null;
}

export function outcomeOf({ metadata, spec }: KubeObject): Outcome {
  const { [STATUS]: status, [SKIPPED]: skipped } = metadata.annotations ?? {};
  return {
    runtimeClassName: spec.runtimeClassName,
    selection: status === undefined ? null : (JSON.parse(status) as { readonly selection: string }).selection,
    skipped: skipped === undefined ? null : skipped.split(","),
  };
}

/** A pod that nobody asked the webhook about, or that is none of its business. */
export function untouched(runtimeClassName: string | undefined = TARGET): Outcome {
  return { runtimeClassName, selection: null, skipped: null };
}

export function leftAlone(...reasons: readonly string[]): Outcome {
  return { runtimeClassName: TARGET, selection: null, skipped: reasons };
}
