import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { bundleServer } from '../scripts/bundle-server.js';

/** As deep as dist/, so that what is beside it is found in the same way. */
const FOLDER = 'dist-test';
const COMPILED = join(FOLDER, 'compiled');

/** The server's entry, compiled and bundled: what tests start in a process of its own, since compiling anew at each start costs seconds. */
export const COMPILED_SERVER = join(FOLDER, 'server.js');

/** Runs once before all tests. */
export default async function compileServer() {
  await import('../scripts/bundle-explorer.js');
  rmSync(FOLDER, { recursive: true, force: true });
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const target = join(COMPILED, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(join('src', file)).code);
  }
  await bundleServer(COMPILED, FOLDER);
}
