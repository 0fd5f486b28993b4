/** Licences that a shipped package may have: each allows use in an Apache-2.0 program without conditions on our code. */
const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  // argparse 3 (by js-yaml, by client-node): Python's own licence, permissive.
  "PSF-2.0",
  "Unlicense",
]);

/** One entry under `packages` of a package-lock.json of version 3; only what is judged here. */
interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

/**
 * What stands against shipping what a package-lock.json pins: one sentence a problem, none when all is well.
 * Production packages need an allowed licence and must not need an install script (the image has none run);
 * every package needs the integrity hash that makes a pin a pin. Takes the file's text; throws on what is no JSON.
 */
export function lockfileProblems(text: string): readonly string[] {
  const lock = JSON.parse(text) as { lockfileVersion?: number; packages?: Record<string, LockedPackage> };
  if (lock.lockfileVersion !== 3 || lock.packages === undefined) {
    return [
      `package-lock.json: lockfileVersion is ${String(lock.lockfileVersion)}, 3 is needed; run npm install with npm 7 or newer.`,
    ];
  }
  const installed = Object.entries(lock.packages).filter(([path]) => path !== "");
  if (installed.length === 0) return ["package-lock.json: packages is empty; run npm install."];
  return installed.flatMap(([path, locked]) => problemsOf(path, locked));
}

function problemsOf(path: string, locked: LockedPackage): readonly string[] {
  const name = `package-lock.json: packages["${path}"] (${locked.version ?? "no version"})`;
  const problems: string[] = [];
  if (locked.integrity === undefined) problems.push(`${name} has no integrity hash; run npm install again.`);
  if (locked.dev === true) return problems;
  if (!isAllowed(locked.license)) {
    problems.push(
      `${name} has the licence ${locked.license ?? "(none)"}; allowed are ${[...ALLOWED_LICENCES].join(", ")}.`,
    );
  }
  if (locked.hasInstallScript === true) {
    problems.push(`${name} has an install script, which the image does not run; find a release or package without.`);
  }
  return problems;
}

/** SPDX expressions as npm packages use them: one licence, or a choice in which one allowed is enough. */
function isAllowed(expression: string | undefined): boolean {
  if (expression === undefined) return false;
  return expression
    .replace(/^\((.*)\)$/v, "$1")
    .split(" OR ")
    .some((licence) => ALLOWED_LICENCES.has(licence));
}
