import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const FOLDER = 'node_modules/.cache/kaquan-test';

/** The server's entry, compiled: what tests start in a process of its own, since compiling anew at each start costs seconds. */
export const COMPILED_SERVER = join(FOLDER, 'dist', 'server.js');

/** Runs once before all tests. */
export default function compileServer() {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const target = join(FOLDER, 'dist', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(join('src', file)).code);
  }
  copyFileSync('package.json', join(FOLDER, 'package.json'));
}
