import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CHROMIUM, NO_CHROMIUM } from '../test/browser/chromium.js';
import { print } from './run.js';
import { BUILT_WALLET, buildWallet, prepareWallet } from './wallet-app.js';

/*
 * `npm run test:browser`: builds the wallet, then runs the tests that look at it in Chromium. Without Chromium nothing is
 * built; the tests run all the same, so that they are counted as skipped.
 */
if (CHROMIUM === undefined) {
  print(NO_CHROMIUM);
} else {
  await prepareWallet();
  await buildWallet(BUILT_WALLET);
}

const jest = spawn(
  process.execPath,
  // One after the other: each suite has a server and a browser of its own.
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--runInBand',
    ...process.argv.slice(2),
  ],
  { env: { ...process.env, SUITES: 'browser' }, stdio: 'inherit' },
);
const [code] = (await once(jest, 'exit')) as [number | null];
process.exitCode = code ?? 1;
