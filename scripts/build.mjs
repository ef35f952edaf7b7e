// Compiles what changed, and bundles the explorer's page. Where only what the server runs on is installed there is no compiler: then what was built before
// is used as it is, so that `npm start` and `npm run doctor` work there, too.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const COMPILER = 'node_modules/typescript/bin/tsc';

if (existsSync(COMPILER)) {
  const { status } = spawnSync(process.execPath, [COMPILER, '-b', 'tsconfig.build.json'], { stdio: 'inherit' });
  if (status === 0) await import('./bundle-explorer.js');
  else process.exitCode = status ?? 1;
} else if (!existsSync('dist/server.js')) {
  process.stderr.write(
    'There is no dist/ and no compiler: npm ci, npm run build, and then npm ci --omit=dev --ignore-scripts\n',
  );
  process.exitCode = 1;
}
