/**
 * node tools/release-chart.ts OUT REPOSITORY DIGEST
 *
 * Writes the chart to the folder OUT as it is released: its values name the published image by its digest, so that
 * what is installed is what was built. The checkout's chart stays as it is.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

const CHART = join(import.meta.dirname, "../charts/kata-thp-webhook");

function main([out, repository, digest]: readonly string[]): number {
  if (out === undefined || repository === undefined || digest === undefined) {
    console.error("name folder, repository and digest: node tools/release-chart.ts OUT REPOSITORY sha256:…");
    return 2;
  }
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    console.error(`the digest is ${JSON.stringify(digest)}; allowed: sha256: and 64 hexadecimal digits`);
    return 2;
  }
  cpSync(CHART, out, { recursive: true, errorOnExist: true, force: false });
  const file = join(out, "values.yaml");
  const values = parseDocument(readFileSync(file, "utf8"));
  values.setIn(["image", "repository"], repository);
  values.setIn(["image", "digest"], digest);
  writeFileSync(file, values.toString({ lineWidth: 0, flowCollectionPadding: false }));
  return 0;
}

process.exitCode = main(process.argv.slice(2));
