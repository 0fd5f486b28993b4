// The programs of one control plane that run, and their end.
import { join } from "node:path";
import { type GuardedProcess, startProcess } from "./guarded-process.ts";
import { FILES } from "./program-args.ts";
import type { ToolName } from "./tools.ts";

/** `kill` is SIGKILL at once; `terminate` is SIGTERM, and SIGKILL after a bound. */
export type Ending = "terminate" | "kill";

/** Requests under way end in it. Watches would hold the API server for a minute; no test is helped by that. */
const APISERVER_GRACE_MS = 2000;
const GRACE_MS = 2000;

export class Programs {
  readonly #folder: string;
  readonly #commands: ReadonlyMap<ToolName, string>;
  readonly #onTrouble: (line: string) => void;
  readonly #running = new Map<ToolName, GuardedProcess>();
  #hasTrouble = false;

  /** @param folder where they run and log, each to NAME.log */
  constructor(folder: string, commands: ReadonlyMap<ToolName, string>, onTrouble: (line: string) => void) {
    this.#folder = folder;
    this.#commands = commands;
    this.#onTrouble = onTrouble;
  }

  /** Whether one that was watched over ended by itself. */
  get hasTrouble(): boolean {
    return this.#hasTrouble;
  }

  running(tool: ToolName): GuardedProcess | undefined {
    return this.#running.get(tool);
  }

  pids(): readonly number[] {
    return [...this.#running.values()].filter((process) => process.isRunning()).map((process) => process.pid);
  }

  async launch(tool: ToolName, args: readonly string[]): Promise<GuardedProcess> {
    if (this.#running.get(tool)?.isRunning() === true) throw new Error(`${tool} runs already`);
    const process = await startProcess({
      name: tool,
      command: this.#commands.get(tool) as string,
      args,
      cwd: this.#folder,
      // etcd takes 120 MB of disk from the first moment: too much to be left behind by each run that is killed.
      ...(tool === "etcd" ? { dataFolder: join(this.#folder, FILES.etcdData) } : {}),
      logPath: join(this.#folder, `${tool}.log`),
    });
    this.#running.set(tool, process);
    return process;
  }

  /** From now on its end is trouble, and told: tests that fail by it fail in ways that do not name it. */
  watchOver(process: GuardedProcess): void {
    void process.exited.then((ending) => {
      if (this.#running.get(process.name as ToolName) !== process) return;
      this.#hasTrouble = true;
      this.#onTrouble(`${process.name} ended by itself (${ending}); its log is ${process.logPath}`);
    });
  }

  async end(tool: ToolName, how: Ending): Promise<void> {
    const process = this.#running.get(tool);
    // Out of the map first: an end that was asked for is no trouble.
    this.#running.delete(tool);
    const graceMs = tool === "kube-apiserver" ? APISERVER_GRACE_MS : GRACE_MS;
    await process?.stop(how === "kill" ? 0 : graceMs);
  }

  /** etcd last, so that nobody fills a log with its absence. */
  async endAll(): Promise<void> {
    const others = [...this.#running.keys()].filter((tool) => tool !== "etcd");
    await Promise.all(others.map(async (tool) => this.end(tool, "terminate")));
    await this.end("etcd", "terminate");
  }
}
