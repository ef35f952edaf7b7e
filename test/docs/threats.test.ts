import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

it('docs/threats.md names tests that are there', () => {
  const named = [...readFileSync('docs/threats.md', 'utf8').matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});
