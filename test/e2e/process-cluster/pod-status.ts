// PodStatus, as a kubelet writes it.
import type { KubeObject } from "../../apiserver/dispatch/kube-api.ts";

interface Running {
  readonly address: string;
  readonly isReady: boolean;
}

interface Ended {
  readonly address: string;
  /** In the words of GuardedProcess: `exit code 1`, `signal SIGKILL`. */
  readonly ending: string;
}

export function runningStatus(pod: KubeObject, { address, isReady }: Running): object {
  const startedAt = new Date().toISOString();
  return {
    phase: "Running",
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: conditions(isReady, startedAt),
    containerStatuses: [containerStatus(pod, { ready: isReady, started: true, state: { running: { startedAt } } })],
  };
}

/** Succeeded after exit code 0; a signal counts as 128 and more, as in a shell. */
export function endedStatus(pod: KubeObject, { address, ending }: Ended): object {
  const exitCode = ending.startsWith("exit code ") ? Number(ending.slice("exit code ".length)) : 128 + 9;
  const finishedAt = new Date().toISOString();
  const terminated = { exitCode, finishedAt, reason: exitCode === 0 ? "Completed" : "Error" };
  return {
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: conditions(false, finishedAt),
    containerStatuses: [containerStatus(pod, { ready: false, started: false, state: { terminated } })],
  };
}

function conditions(isReady: boolean, lastTransitionTime: string): readonly object[] {
  const status = isReady ? "True" : "False";
  return [
    { type: "PodScheduled", status: "True", lastTransitionTime },
    { type: "Initialized", status: "True", lastTransitionTime },
    { type: "ContainersReady", status, lastTransitionTime },
    { type: "Ready", status, lastTransitionTime },
  ];
}

function containerStatus(pod: KubeObject, fields: object): object {
  const { name, image } = pod["spec"].containers[0] as { readonly name: string; readonly image: string };
  return { name, image, imageID: "", restartCount: 0, ...fields };
}
