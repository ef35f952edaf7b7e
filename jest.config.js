/** The heavier suites: a router over processes, crashes, crowds, every scene under a magnifying glass. */
const HEAVY = '\\.heavy\\.test\\.ts$';

/** `npm test` leaves them out, `npm run test:heavy` (SUITES=heavy) runs just them, and .ci/run does both. */
const heavy = process.env.SUITES === 'heavy';

export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/compile-server.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  testMatch: [heavy ? '<rootDir>/test/**/*.heavy.test.ts' : '<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: heavy ? [] : [HEAVY],
  // Many tests wait for sockets and clocks more than they compute.
  maxWorkers: '100%',
  testTimeout: 20_000,
};
