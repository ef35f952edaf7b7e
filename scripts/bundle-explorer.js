import { buildSync } from 'esbuild';

/*
 * `npm run bundle`, part of `npm run build`: what the explorer's page runs in the browser, in one file with all that it
 * imports, so that production needs none of those packages.
 */
buildSync({
  entryPoints: ['src/app/explorer/browser/main.ts', 'src/app/explorer/browser/main.css'],
  outdir: 'dist/explorer',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'eof',
  logLevel: 'warning',
});
