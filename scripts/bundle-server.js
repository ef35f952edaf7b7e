import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What a bundle cannot hold. It is found in node_modules, as it was before. */
const OUTSIDE = [
  'libsql', // native
  '@node-rs/xxhash', // native, and redis loads it only where somebody installed it
  'class-validator', // nobody installed it, and TypeGraphQL never loads it: `validate` is off
];

/** In a bundle, import() of CommonJS gives nothing by name: what our code loads so of a package stays outside, too. */
const packagesLoadedLater = {
  name: 'packages loaded later',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^.]/ }, ({ kind, importer, path }) =>
      kind === 'dynamic-import' && !importer.includes('node_modules') ? { path, external: true } : undefined,
    ),
};

/**
 * Makes `to`/server.js and its chunks of the compiled sources in `from`, with all that they import. Node finds, reads and
 * links 1,500 files in three times the time that it needs for thirty. What is loaded by import() is apart, and is loaded
 * only then. The names of functions stay, so that a stack can be read. Those of classes may not: see no-restricted-syntax
 * in eslint.config.js.
 */
export async function bundleServer(from, to) {
  rmSync(join(to, 'chunks'), { recursive: true, force: true });
  await build({
    entryPoints: [join(from, 'server.js')],
    outdir: to,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    external: OUTSIDE,
    plugins: [packagesLoadedLater],
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    // As Node chooses; with `module` first there would be two of graphql.
    mainFields: ['main'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'eof',
    // CommonJS within asks for Node's own modules by require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}
