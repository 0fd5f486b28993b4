// An attack in a thread of its own: its work is not in the way of the clients that are measured.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Attack, attack, type AttackName, type Victim } from "./hostile-attacks.ts";

type Asked = readonly [name: AttackName, clients: number, victim: Victim];

/** Begins it with so many clients at once; each that is cut off comes again. */
export function startAttack(name: AttackName, clients: number, { port, ca }: Victim): Attack {
  const asked: Asked = [name, clients, { port, ca }];
  const worker = new Worker(new URL(import.meta.url), { workerData: asked });
  return {
    async stop() {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none, unlike a window
      worker.postMessage("stop");
      const [met] = (await once(worker, "message")) as [string];
      await worker.terminate();
      return met;
    },
  };
}

if (!isMainThread && parentPort !== null && Array.isArray(workerData)) {
  const port = parentPort;
  const begun = attack(...(workerData as unknown as Asked));
  port.once("message", () => void begun.stop().then((met) => port.postMessage(met)));
}
