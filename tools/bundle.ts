// Bundles the command into dist/ (or the folder given): one entry, one chunk for each command, source maps.
// What is bundled needs no node_modules; the image holds nothing else.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const outdir = process.argv[2] ?? "dist";
await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: "linked",
  metafile: true,
  // Fastify, pino and client-node are CommonJS inside and call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
const bytes = Object.entries(metafile.outputs)
  .filter(([file]) => file.endsWith(".js"))
  .reduce((sum, [, { bytes: size }]) => sum + size, 0);
console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB of code`);
