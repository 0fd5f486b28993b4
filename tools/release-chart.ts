/**
 * node tools/release-chart.ts OUT REPOSITORY DIGEST
 *
 * Writes the chart to the folder OUT as it is released: it pulls the published image by its digest, so that what is
 * installed is what was built, and its README says so. The checkout's chart stays as it is.
 *
 * The digest stands in an annotation of Chart.yaml and not in the values: there it would be pulled also from a repository
 * that somebody names instead, and for another tag.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
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
  const schema = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")) as ValuesSchema;
  const described = schema.properties.image.properties.repository;
  if (!new RegExp(described.pattern).test(repository)) {
    console.error(
      `the repository is ${JSON.stringify(repository)}; allowed: a name such as registry.example/owner/image, without tag`,
    );
    return 2;
  }
  if (existsSync(out)) {
    console.error(`${out} is there already; name a folder that is not`);
    return 2;
  }
  cpSync(CHART, out, { recursive: true });
  described.default = repository;
  described.description = withoutBuild(described.description);
  writeFileSync(join(out, "values.schema.json"), `${JSON.stringify(schema, null, 2)}\n`);
  const file = join(out, "values.yaml");
  const values = parseDocument(withoutBuild(readFileSync(file, "utf8")));
  values.setIn(["image", "repository"], repository);
  writeFileSync(file, values.toString({ lineWidth: 0, flowCollectionPadding: false }));
  const chartFile = join(out, "Chart.yaml");
  const chart = parseDocument(readFileSync(chartFile, "utf8"));
  chart.setIn(["annotations", "kata-thp.dev/image"], `${repository}@${digest}`);
  writeFileSync(chartFile, chart.toString({ lineWidth: 0, flowCollectionPadding: false }));
  const readme = join(out, "README.md");
  writeFileSync(readme, releasedReadme(readFileSync(readme, "utf8"), repository));
  return 0;
}

interface ValuesSchema {
  readonly properties: {
    readonly image: {
      readonly properties: {
        readonly repository: { readonly pattern: string; default: string; description: string };
      };
    };
  };
}

/** A description of image.repository that goes on over a line's end in values.yaml, without the sentence about building. */
function withoutBuild(text: string): string {
  return text.replace(/ No image is published yet: build it and load it, or name your(?:\n *#)? registry's\./, "");
}

/** Without what holds for a checkout only: its paths, and that the image has to be built. */
function releasedReadme(text: string, repository: string): string {
  const install = `\`\`\`sh
helm install kata-thp oci://${repository.replace(/\/[^/]*$/, "")}/charts/kata-thp-webhook --namespace kata-thp --create-namespace
helm test kata-thp --namespace kata-thp
kubectl label namespace NAMESPACE kata-thp.dev/mode=observe   # or enforce
\`\`\``;
  return text
    .replace(/```sh\nhelm install [^`]*```/, install)
    .replace(/ No image is published yet: build [^\n]*/, ` The image is ${repository}, pulled by its digest.`)
    .replace(/(\| `image\.repository` \| )`"[^"]*"`/, `$1\`"${repository}"\``)
    .replace(/ No image is published yet: [^|]*\|/, " |")
    .replaceAll(/\[([^\]]*)\]\(\.\.\/[^)]*\)/g, "$1");
}

process.exitCode = main(process.argv.slice(2));
