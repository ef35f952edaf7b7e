import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { contractFiles } from '../../scripts/write-schema.js';
import { deviationsFrom, driftBetween, readFolder, undescribed, unnamedBreakingChanges, writeFolder } from './contract.js';

/** The API schema as of the last release, put there by `npm run schema:release`; no release, no file. */
const RELEASED = 'released.graphql';

function committed(): Map<string, string> {
  const files = readFolder('schema');
  files.delete(RELEASED);
  return files;
}

describe('the committed contract', () => {
  it('is what the code emits, file for file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kaquan-schema-'));
    try {
      writeFolder(folder, contractFiles());
      const emitted = readFolder(folder);
      expect([...emitted.keys()]).toEqual(expect.arrayContaining(['graph.graphql', 'supergraph.graphql']));
      expect(emitted.size).toBeGreaterThanOrEqual(5);
      expect(driftBetween(committed(), emitted)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a changed, a missing and a left-over file are each drift', () => {
    const emitted = new Map([
      ['same', 'type A'],
      ['changed', 'type B'],
      ['missing', 'type C'],
    ]);
    const there = new Map([
      ['same', 'type A'],
      ['changed', 'type b'],
      ['left-over', 'type D'],
    ]);
    expect(driftBetween(there, emitted)).toEqual(['changed', 'left-over', 'missing']);
  });
});

describe('version 1 of the contract', () => {
  const VERSION_1 = readFileSync(join('test', 'schema', 'version-1.graphql'), 'utf8');

  it('is kept to the letter', () => {
    expect(deviationsFrom(VERSION_1, readFileSync(join('schema', 'graph.graphql'), 'utf8'))).toEqual([]);
  });

  it.each([
    ['a field that may not be null any more', 'accounts: LinkedAccounts!', 'accounts: LinkedAccounts'],
    ['a field that may be null no more', 'people(ids: [ID!]!): [Person]\n', 'people(ids: [ID!]!): [Person]!\n'],
    ['another default', 'identityChecks(first: Int = 20, after: ID)', 'identityChecks(first: Int = 10, after: ID)'],
    ['a default that is gone', 'size: Int! = 256', 'size: Int!'],
    ['an argument that is gone', ', search: String)', ')'],
    ['an argument that must be given', 'exchangeCode(code: String!)', 'exchangeCode(code: String!, of: ID!)'],
    ['an input that must be given', 'input PersonInput {', 'input PersonInput { age: Int!'],
    ['an input of another type', 'moziId: ID zvcmsUserId: ID ', 'moziId: String zvcmsUserId: ID '],
    ['an enum value that is gone', 'enum VoucherType { QR_CODE FACE }', 'enum VoucherType { QR_CODE }'],
    ['a field that is gone', '  statusText: String\n', ''],
  ])('%s is a deviation', (_what, from, to) => {
    expect(VERSION_1).toContain(from);
    expect(deviationsFrom(VERSION_1, VERSION_1.replace(from, to))).toHaveLength(1);
  });

  it('what is added and need not be given is none', () => {
    const more = VERSION_1.replace('type Money {', 'type Money { display: String').replace('search: String', 'search: String, by: ID');
    expect(more).not.toBe(VERSION_1);
    expect(deviationsFrom(VERSION_1, more)).toEqual([]);
  });
});

describe('descriptions', () => {
  it('everything in the API schema and in each subgraph has one', () => {
    const files = [...committed()].filter(([file]) => file !== 'supergraph.graphql');
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const [file, sdl] of files) expect({ file, undescribed: undescribed(parse(sdl)) }).toEqual({ file, undescribed: [] });
  });

  it('a bare type, field, argument, input field and enum value are each found', () => {
    expect(
      undescribed(
        parse('type A { "said" b: Int c(d: Int, "said" e: Int): Int } "said" enum E { F } input I { g: Int } scalar S union U = A'),
      ),
    ).toEqual(['A', 'A.c', 'A.c.d', 'E.F', 'I', 'I.g', 'S', 'U']);
  });
});

describe('against the last release', () => {
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const kept = join('schema', RELEASED);

  it('every breaking change is named in the changelog', () => {
    const current = readFileSync(join('schema', 'graph.graphql'), 'utf8');
    const released = existsSync(kept) ? readFileSync(kept, 'utf8') : current;
    expect(unnamedBreakingChanges(released, current, changelog)).toEqual([]);
  });

  it('a release in the changelog has its schema kept to compare with', () => {
    if (/^## \[?v?\d/m.test(changelog)) expect(existsSync(kept)).toBe(true);
    else expect(changelog).toContain('## Unreleased');
  });

  const BEFORE = `type Query { gone: Int kept(dropped: Int, typed: Int): Int retyped: Int } enum E { OUT IN } input I { a: Int } scalar Lost`;
  const AFTER = `type Query { kept(typed: String, needed: Int!): Int retyped: String } enum E { IN } input I { a: Int needed: Int! }`;
  const NAMES = ['Query.gone', 'Query.kept(dropped:)', 'Query.kept(typed:)', 'Query.kept(needed:)', 'Query.retyped', 'E.OUT', 'I.needed', 'Lost'];
  const changelogOf = (names: string[], heading = 'Unreleased') =>
    `# Changelog\n\n## ${heading}\n\n${names.map((name) => `- Breaking: \`${name}\`.`).join('\n')}\n\n## 0.1.0\n\n- First.\n`;

  it('each kind of breaking change must be named', () => {
    expect(unnamedBreakingChanges(BEFORE, AFTER, changelogOf([]))).toHaveLength(NAMES.length);
    expect(unnamedBreakingChanges(BEFORE, AFTER, changelogOf(NAMES))).toEqual([]);
    for (const name of NAMES) {
      expect(unnamedBreakingChanges(BEFORE, AFTER, changelogOf(NAMES.filter((one) => one !== name)))).toHaveLength(1);
    }
  });

  it('what an older release named does not count', () => {
    expect(unnamedBreakingChanges(BEFORE, AFTER, changelogOf(NAMES, '0.2.0'))).toHaveLength(NAMES.length);
  });
});
