// Bundles the command into dist/ (or the folder given): one entry, one chunk for each command, source maps.
// What is bundled needs no node_modules; the image holds nothing else.
import { rm } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

/**
 * `import … from "node:http"` reads every export, and one of them, WebSocket, loads all of undici, at every start; with
 * node:crypto it is webcrypto, with node:util TextDecoder. `require` reads none. (node lib/http.js, lib/crypto.js and
 * lib/util.js, their getters)
 */
const requiredLazily: Plugin = {
  name: "required-lazily",
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?(http|crypto|util)$/ }, ({ kind, path }) =>
      kind === "import-statement"
        ? { path: `node:${path.replace("node:", "")}`, namespace: "required-lazily" }
        : { external: true },
    );
    bundler.onLoad({ filter: /^/, namespace: "required-lazily" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * What our use of Fastify, prom-client and pino never gets to: no route has a schema (src/server/app.ts), nothing is
 * injected, exemplars are off, log lines go to a destination of ours, and the server speaks HTTP/1.1. V8 would go through
 * half a megabyte of it at every start.
 */
const NEVER_USED = [
  { module: "@fastify/ajv-compiler", by: /\/node_modules\/fastify\// },
  { module: "@fastify/fast-json-stringify-compiler", by: /\/node_modules\/fastify\// },
  { module: "light-my-request", by: /\/node_modules\/fastify\// },
  { module: "node:http2", by: /\/node_modules\/fastify\// },
  { module: "@opentelemetry/api", by: /\/node_modules\/prom-client\// },
  { module: "thread-stream", by: /\/node_modules\/pino\// },
];

/** Whoever uses one of them all the same is told so. */
const leftOut: Plugin = {
  name: "left-out",
  setup(bundler) {
    for (const { module, by } of NEVER_USED) {
      bundler.onResolve({ filter: new RegExp(`^${module}$`) }, ({ importer }) =>
        by.test(importer) ? { path: module, namespace: "left-out" } : null,
      );
    }
    bundler.onLoad({ filter: /^/, namespace: "left-out" }, ({ path }) => ({
      contents: `
        const complain = () => { throw new Error(${JSON.stringify(`${path} is not in the bundle: tools/bundle.ts says why`)}); };
        module.exports = new Proxy(complain, { get: complain, construct: complain });`,
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
  plugins: [requiredLazily, leftOut],
  // Fastify, pino and client-node are CommonJS inside and call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
const bytes = Object.entries(metafile.outputs)
  .filter(([file]) => file.endsWith(".js"))
  .reduce((sum, [, { bytes: size }]) => sum + size, 0);
console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB of code`);
