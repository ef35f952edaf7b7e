import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkPackages, type Lockfile } from '../../scripts/check-licences.js';

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;

it('finds nothing wrong with what the lockfile installs for production', () => {
  const { checked, problems } = checkPackages(lockfile);
  expect(checked).toBeGreaterThan(100);
  expect(problems).toEqual([]);
});

it.each([
  ['a licence that asks for more', { license: 'GPL-3.0-only' }, 'is under GPL-3.0-only'],
  ['no licence', {}, 'is under no licence'],
  ['a licence of its own', { license: 'SEE LICENSE IN LICENSE.md' }, 'is under SEE'],
  ['two licences, one of them wrong', { license: '(MIT AND LGPL-3.0)' }, 'is under (MIT AND LGPL-3.0)'],
  ['a script at install', { license: 'MIT', hasInstallScript: true }, 'runs a script'],
])('finds %s', (_what, added, problem) => {
  const packages = { ...lockfile.packages, 'node_modules/added': added };
  expect(checkPackages({ packages }).problems).toEqual([expect.stringContaining(`node_modules/added ${problem}`)]);
});

it('lets pass a choice with one good end, and what only development needs', () => {
  const packages = {
    'node_modules/choice': { license: '(GPL-2.0 OR MIT)' },
    'node_modules/tool': { license: 'GPL-3.0-only', dev: true, hasInstallScript: true },
  };
  expect(checkPackages({ packages })).toEqual({ checked: 1, problems: [] });
});
