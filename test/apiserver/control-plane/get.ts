/**
 * node test/apiserver/control-plane/get.ts [NAME…]           builds what is missing, prints where each is
 * node test/apiserver/control-plane/get.ts --check [NAME…]   builds nothing; exits 1 and says so when one is missing
 *
 * Without names: all that the apiserver suite runs; for --check with KUBEBUILDER_ASSETS only what that must hold.
 * KUBE_VERSION chooses Kubernetes' release. Exits 1 with one sentence when something cannot be had, 2 for bad usage.
 */
import { parseArgs } from "node:util";
import { findBinaries, GET_COMMAND, getBinaries, missingForSuite } from "./binaries.ts";
import { SetupError } from "./setup-error.ts";
import { SUITE_TOOLS, TOOL_NAMES, type ToolName } from "./tools.ts";

function isToolName(name: string): name is ToolName {
  return TOOL_NAMES.some((tool) => tool === name);
}

function check(names: readonly ToolName[]): number {
  const missing = names.length > 0 ? findBinaries(names).missing : missingForSuite();
  if (missing.length === 0) return 0;
  console.error(`${missing.join(", ")} not there yet: run ${GET_COMMAND}, the first time takes 10 to 20 minutes`);
  return 1;
}

async function get(names: readonly ToolName[]): Promise<number> {
  for (const name of names) {
    const begin = performance.now();
    const paths = await getBinaries([name], { onProgress: (line) => console.error(line) });
    console.log(`${name}\t${paths.get(name)}\t${((performance.now() - begin) / 1000).toFixed(1)} s`);
  }
  return 0;
}

async function main(argv: string[]): Promise<number> {
  let named: string[];
  let isCheck: boolean;
  try {
    const parsed = parseArgs({ args: argv, options: { check: { type: "boolean" } }, allowPositionals: true });
    named = parsed.positionals;
    isCheck = parsed.values.check === true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  const names = named.filter(isToolName);
  if (names.length < named.length) {
    const unknown = named.filter((name) => !isToolName(name));
    console.error(`unknown: ${unknown.join(", ")}; allowed are ${TOOL_NAMES.join(", ")}`);
    return 2;
  }
  try {
    return isCheck ? check(names) : await get(names.length > 0 ? names : SUITE_TOOLS);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
