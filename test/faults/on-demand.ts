// Loaded into the served process (node --import): does from inside what its parent asks for.
import { getHeapCodeStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What can be asked for. `memory` is answered with a MemoryAnswer, after a full garbage collection. */
export type Demand = "memory" | "reject" | "throw";

export interface MemoryAnswer {
  readonly heapUsed: number;
  /** Of it, what V8 has compiled, bytecode included. */
  readonly compiled: number;
  readonly external: number;
  readonly rss: number;
}

process.on("message", (demand: Demand) => {
  switch (demand) {
    case "throw":
      setImmediate(() => {
        throw new RangeError("thrown where nobody catches");
      });
      break;
    case "reject":
      void Promise.reject(new RangeError("rejected where nobody catches"));
      break;
    case "memory":
      answerMemory();
      break;
    default:
      demand satisfies never;
  }
});
// The server must end as it does without us.
process.channel?.unref();

function answerMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  // What finalizers let go is gone only after the next turn.
  setImmediate(() => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
    process.send?.({ heapUsed, compiled: code + bytecode, external, rss } satisfies MemoryAnswer);
  });
}
