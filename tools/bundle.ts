// Bundles the command into dist/ (or the folder given): one entry, one chunk for each command, source maps.
// What is bundled needs no node_modules; the image holds nothing else.
import { rm } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

/**
 * `import … from "node:http"` reads every export, and one of them, WebSocket, loads all of undici, at every start.
 * `require` reads none. (node lib/http.js, lazyUndici)
 */
const requiredHttp: Plugin = {
  name: "required-http",
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "required-http" } : { external: true },
    );
    bundler.onLoad({ filter: /^/, namespace: "required-http" }, () => ({
      contents: 'module.exports = require("node:http");',
    }));
  },
};

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
  // Not the names: a stack out of a running server has to say where it was, and maps take memory there. (keepNames
  // would make a call of every function expression that a review runs through.)
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: "linked",
  metafile: true,
  plugins: [requiredHttp],
  // Fastify, pino and client-node are CommonJS inside and call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
const bytes = Object.entries(metafile.outputs)
  .filter(([file]) => file.endsWith(".js"))
  .reduce((sum, [, { bytes: size }]) => sum + size, 0);
console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB of code`);
