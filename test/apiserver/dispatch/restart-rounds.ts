// The API server is killed and started again, over and over, while reviews are sent to the webhook directly.
import { setTimeout as delay } from "node:timers/promises";
import { reviewOf } from "../../support/running-server.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/start.ts";
import { openScene, type Scene } from "./scene.ts";

export interface RestartReport {
  readonly rounds: readonly Round[];
  readonly answers: number;
  /** What was answered otherwise than the facts of that moment demand, in words. */
  readonly wrong: readonly string[];
}

export interface Round {
  /** From the kill until the API server was ready again. */
  readonly goneMs: number;
  /** From then until an answer went by what was changed then, for the slower of both informers. */
  readonly backMs: number;
}

/** Whether the variant says that it is one, and whether the pod that asks for `even` has a node: each answer tells. */
const WHEN_OFF = { classes: "KataSupportUnknown", nodes: "VariantUnschedulable" } as const;

const BETWEEN_REVIEWS_MS = 10;
/** Far more than is promised: what is late is a finding, not an error of the rounds. */
const LONGEST_BACK_MS = 60_000;

/** Sends the same review over and over, and knows what has to be answered. */
interface Asking {
  /** From now on this is answered; until it is for the first time, the answer before is right too. Resolves then. */
  expect(answer: string): Promise<void>;
  stop(): Promise<void>;
}

/** Runs so many rounds on a control plane of its own. `say` gets a line after each. */
export async function runRestarts(rounds: number, say: (line: string) => void): Promise<RestartReport> {
  const plane = await startControlPlane();
  try {
    const scene = await openScene({
      access: plane.access,
      name: "restarts",
      pairs: { classes: { target: {}, variant: {} }, nodes: { target: {}, variant: {} } },
      nodeLabels: { parity: "even" },
    });
    try {
      return await restart(plane, scene, rounds, say);
    } finally {
      await scene.close();
    }
  } finally {
    await plane.stop();
  }
}

async function restart(
  plane: ControlPlane,
  scene: Scene,
  rounds: number,
  say: (line: string) => void,
): Promise<RestartReport> {
  const wrong: string[] = [];
  let answers = 0;
  const ask = (pair: "classes" | "nodes", spec: object): Asking =>
    startAsking(
      async () => {
        answers += 1;
        return answerTo(scene, pair, spec);
      },
      (fault) => wrong.push(`${pair}: ${fault}`),
    );
  const classes = ask("classes", {});
  const nodes = ask("nodes", { nodeSelector: { parity: "even" } });
  const done: Round[] = [];

  for (let round = 1; round <= rounds; round += 1) {
    const isOn = round % 2 === 0;
    const killedMs = performance.now();
    await plane.restartApiserver("kill");
    const readyMs = performance.now();
    // Both answers are right from before the change is sent: nobody knows when exactly it is one.
    const seen = Promise.all([
      classes.expect(isOn ? "patch" : WHEN_OFF.classes),
      nodes.expect(isOn ? "patch" : WHEN_OFF.nodes),
    ]);
    await scene.api.send("PATCH", `/apis/node.k8s.io/v1/runtimeclasses/${scene.variant("classes")}`, {
      metadata: { annotations: { "kata-thp.dev/variant-of": isOn ? scene.target("classes") : null } },
    });
    await scene.api.send("PATCH", `/api/v1/nodes/${scene.name}`, {
      metadata: { labels: { parity: isOn ? "even" : "odd" } },
    });
    await seen;
    const finished = { goneMs: readyMs - killedMs, backMs: performance.now() - readyMs };
    done.push(finished);
    say(
      `${round}: gone for ${Math.round(finished.goneMs)} ms, informers back ${Math.round(finished.backMs)} ms later, ` +
        `${answers} answers, ${wrong.length} wrong`,
    );
  }
  await Promise.all([classes.stop(), nodes.stop()]);
  return { rounds: done, answers, wrong };
}

function startAsking(ask: () => Promise<string>, onWrong: (fault: string) => void): Asking {
  let right = ["patch"];
  let settled = Promise.withResolvers<void>();
  const over = new AbortController();
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const answer = await ask().catch((error: unknown) => `no answer: ${String(error)}`);
      if (!right.includes(answer)) onWrong(`${answer} instead of ${right.join(" or ")}`);
      // Once the new one was there, the old one is wrong.
      if (answer === right.at(-1)) {
        right = [answer];
        settled.resolve();
      }
      await delay(BETWEEN_REVIEWS_MS);
    }
  };
  const running = run();
  return {
    async expect(answer) {
      settled = Promise.withResolvers();
      right = [...right, answer];
      const timer = setTimeout(() => {
        onWrong(`not ${answer} after ${LONGEST_BACK_MS} ms`);
        settled.resolve();
      }, LONGEST_BACK_MS);
      await settled.promise;
      clearTimeout(timer);
    },
    async stop() {
      over.abort();
      await running;
    },
  };
}

/** `patch`, or the reasons against it; anything that is no proper answer in words. */
async function answerTo(scene: Scene, pair: string, spec: object): Promise<string> {
  const body = reviewOf({ runtimeClassName: scene.target(pair), ...spec });
  const { uid } = (JSON.parse(body) as { readonly request: { readonly uid: string } }).request;
  const answer = await scene.webhook.review("/mutate/enforce?timeout=2s", body);
  if (answer.status !== 200) return `${answer.status} ${answer.body}`;
  const { response } = JSON.parse(answer.body) as {
    readonly response: {
      readonly uid: string;
      readonly allowed: boolean;
      readonly patch?: string;
      readonly auditAnnotations: Readonly<Record<string, string>>;
    };
  };
  if (response.uid !== uid || !response.allowed) return `uid ${response.uid}, allowed ${response.allowed}`;
  const { decision, reasons = "" } = response.auditAnnotations;
  if (decision !== "patch") return reasons;
  const patch = Buffer.from(response.patch ?? "", "base64").toString("utf8");
  const isSwitch = patch.includes(`{"op":"replace","path":"/spec/runtimeClassName","value":"${scene.variant(pair)}"}`);
  return isSwitch ? "patch" : `patch ${patch}`;
}
