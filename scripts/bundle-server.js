import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** What a bundle cannot hold; it is found in node_modules, as it was before. */
const OUTSIDE = [
  'libsql', // native
  '@node-rs/xxhash', // native, and redis asks for it only where somebody installed it
  'class-validator', // nobody installed it, and TypeGraphQL never asks: `validate` is off
  '@opentelemetry/*', // CommonJS that import() loads by name, which works from node_modules only
];

/**
 * Makes `to`/server.js and its chunks of the compiled sources in `from`, with all that they import. Node finds, reads and
 * links 1,500 files in twice the time that it needs for a dozen; what is loaded by import() stays apart, and is loaded
 * only then. The names of functions stay, so that a stack can be read. Not those of classes: see no-restricted-syntax
 * in eslint.config.js.
 */
export function bundleServer(from, to) {
  rmSync(join(to, 'chunks'), { recursive: true, force: true });
  buildSync({
    entryPoints: [join(from, 'server.js')],
    outdir: to,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    external: OUTSIDE,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    // The order that Node knows; with `module` first there would be two of graphql.
    mainFields: ['main'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'eof',
    // CommonJS within asks for Node's own modules by require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}
