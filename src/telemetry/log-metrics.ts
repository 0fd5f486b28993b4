import { Counter, type Registry } from "prom-client";
import type { LogSink } from "./log-sink.ts";

/** Adds what the log itself cannot say while it cannot be written. */
export function countLostLines(registry: Registry, sink: LogSink): void {
  const lines = new Counter({
    registers: [],
    name: "kata_thp_log_lines_lost_total",
    help: "Log lines that nobody took: a full disk, or a reader that is gone or does not read. Reviews go on.",
    collect(): void {
      this.reset();
      this.inc(sink.lost());
    },
  });
  registry.registerMetric(lines);
}
