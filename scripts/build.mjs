// Compiles what changed into build/, and bundles it and the explorer's page into dist/. Where only what the server runs on
// is installed there is no compiler: then what was built before is used as it is, so that `npm start` and `npm run doctor`
// work there, too.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const COMPILER = 'node_modules/typescript/bin/tsc';
const ENTRY = 'dist/server.js';

if (existsSync(COMPILER)) {
  const { status } = spawnSync(process.execPath, [COMPILER, '-b', 'tsconfig.build.json'], { stdio: 'inherit' });
  if (status === 0) {
    const { bundleServer } = await import('./bundle-server.js');
    if (isOlder(ENTRY, ['build/.tsbuildinfo', 'node_modules/.package-lock.json', 'scripts/bundle-server.js']))
      await bundleServer('build', 'dist');
    await import('./bundle-explorer.js');
  } else process.exitCode = status ?? 1;
} else if (!existsSync(ENTRY)) {
  process.stderr.write(
    'There is no dist/ and no compiler: npm ci, npm run build, and then npm ci --omit=dev --ignore-scripts\n',
  );
  process.exitCode = 1;
}

/** Than anything that it is made of; what is not there made nothing. */
function isOlder(file, sources) {
  const changedAt = (name) => statSync(name, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.some((source) => changedAt(source) >= changedAt(file));
}
