import { existsSync } from 'node:fs';

const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that the tests drive: this machine's, not one that is downloaded. Undefined where there is none. */
export const CHROMIUM = [process.env['CHROMIUM'], ...PATHS].find((path) => path !== undefined && existsSync(path));

export const NO_CHROMIUM = [
  '',
  '  ┌────────────────────────────────────────────────────────────────────────────────┐',
  '  │  NO CHROMIUM: the browser tests are SKIPPED; nothing has been looked at.       │',
  '  │  Debian, Ubuntu: apt-get update && apt-get install -y chromium fonts-noto-cjk  │',
  '  │  Elsewhere: set CHROMIUM to the path of a Chromium or Chrome.                  │',
  '  └────────────────────────────────────────────────────────────────────────────────┘',
  '',
].join('\n');

/** Nothing but the pages under test goes over the network, and what a test machine has no device for is off. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
