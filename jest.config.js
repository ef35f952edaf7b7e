/**
 * What `npm test` leaves out. Heavy: a router over processes, crashes, crowds, every scene under a magnifying glass.
 * Browser: the wallet in a real one. `npm run test:heavy` (SUITES=heavy) and `npm run test:browser` (SUITES=browser) run
 * just one of them, and .ci/run all.
 */
const APART = ['heavy', 'browser'];

const suites = APART.find((name) => name === process.env.SUITES);

export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/compile-server.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  testMatch: [suites ? `<rootDir>/test/**/*.${suites}.test.ts` : '<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: suites ? [] : APART.map((name) => `\\.${name}\\.test\\.ts$`),
  // Many tests wait for sockets and clocks more than they compute.
  maxWorkers: '100%',
  testTimeout: suites === 'browser' ? 60_000 : 20_000,
};
