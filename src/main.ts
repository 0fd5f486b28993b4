// argv → lazy import of one command → exit code. A command loads only what it needs: explain starts without a server.
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { endOnSignals } from "./cli/early-signals.ts";
import { didYouMean } from "./cli/flags.ts";
import { complain, EXIT, print } from "./cli/print.ts";

type Command = (argv: readonly string[]) => Promise<number>;

interface CommandEntry {
  readonly about: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    "explain",
    {
      about: "say what the webhook would do with the workloads in files, and why",
      load: async () => (await import("./cli/explain.ts")).explain,
    },
  ],
  ["serve", { about: "run the webhook", load: async () => serveAndHearSignals }],
  [
    "verify",
    {
      about: "ask the API server whether it asks the webhook, with a pod that is not stored",
      load: async () => (await import("./cli/verify.ts")).verify,
    },
  ],
  ["version", { about: "print the version", load: async () => printVersion }],
  ["help", { about: "print this text", load: async () => printHelp }],
]);

/** Runs the command that `argv` (without node and script) names. Resolves to its exit code; rejects only on a bug. */
export async function main(argv: readonly string[]): Promise<number> {
  const [word, ...rest] = argv;
  if (word === undefined) {
    complain(`kata-thp: name a command\n\n${helpText()}`);
    return EXIT.badInput;
  }
  const name = ALIASES.get(word) ?? word;
  const command = COMMANDS.get(name);
  if (command === undefined) {
    complain(`kata-thp: unknown command ${JSON.stringify(word)}${didYouMean(word, [...COMMANDS.keys()])}`);
    complain(`The commands are ${[...COMMANDS.keys()].join(", ")}.`);
    return EXIT.badInput;
  }
  return (await command.load())(rest);
}

/** Signals count before anything is loaded: that alone takes a good part of the start. */
async function serveAndHearSignals(argv: readonly string[]): Promise<number> {
  return await endOnSignals({ events: process, exit: (code) => process.exit(code) }, async (handOver) => {
    const { serve } = await import("./cli/serve.ts");
    return await serve(argv, handOver);
  });
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
]);

async function printVersion(): Promise<number> {
  print((await import("./version.ts")).VERSION);
  return EXIT.ok;
}

async function printHelp(): Promise<number> {
  print(helpText());
  return EXIT.ok;
}

function helpText(): string {
  const lines = [...COMMANDS].map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`);
  return `kata-thp COMMAND [FLAGS]\n\n${lines.join("\n")}\n\nkata-thp COMMAND --help tells its flags.`;
}

// `node src/main.ts` and `node dist/main.js` run it; the launcher imports it and calls main itself.
const script = process.argv[1];
if (script !== undefined && existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
