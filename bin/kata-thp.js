#!/usr/bin/env node
// The launcher: plain JavaScript without dependencies, so that it starts on whatever Node the machine has.
// On Node 24 or newer it runs the program in this process; on an older one it runs it on the Node 24 that
// `npm ci` has put into node_modules.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const major = Number(process.versions.node.split(".")[0]);

if (major >= 24) {
  module.enableCompileCache?.();
  const built = new URL("dist/main.js", root);
  const entry = existsSync(built) ? built : new URL("src/main.ts", root);
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  const node = fileURLToPath(new URL("node_modules/.bin/node", root));
  if (!existsSync(node)) {
    console.error(
      `kata-thp: Node ${process.versions.node} is too old and node_modules has no newer one: run npm ci in ${fileURLToPath(root)}`,
    );
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal's Ctrl-C reaches the child by itself as well; the server takes two signals at once for one.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`kata-thp: ${node} could not be started: ${error.message}`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}
