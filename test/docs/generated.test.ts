import { describe, expect, it } from '@jest/globals';
import { isObjectType } from 'graphql';
import { rewritten, WRITTEN_PAGES } from '../../scripts/write-docs.js';
import { VendorError, type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { ERROR_CODES, formatError } from '../../src/graph/errors.js';
import { graphOf } from '../../src/modules/index.js';
import { textOf } from './fences.js';

/** The rows of every table of a page whose first cell is code, by that code. */
const rowsOf = (page: string): Map<string, string[]> =>
  new Map(
    [...textOf(page).matchAll(/^\| `(\w+)`(?: \|.*)? \|$/gm)].map(([row, name = '']) => [
      name,
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ]),
  );

it.each(WRITTEN_PAGES)('%s is in step with the code (npm run docs writes it)', (page) => {
  const text = textOf(page);
  expect(rewritten(page, text)).toBe(text);
  expect(() => rewritten(page, text.replaceAll('written by npm run docs', ''))).toThrow(/has lost the comments/);
});

describe('docs/errors.md', () => {
  const rows = new Map([...rowsOf('docs/errors.md')].filter(([name]) => /^[A-Z_]+$/.test(name)));

  it('has every code that an answer can have, and no other', () => {
    expect(ERROR_CODES.length).toBeGreaterThanOrEqual(22);
    expect([...rows.keys()].sort()).toEqual([...ERROR_CODES].sort());
  });

  it('says of each when it comes, whether to ask again, and who must act', () => {
    for (const cells of rows.values()) expect([cells.length, cells.filter((cell) => cell === '')]).toEqual([4, []]);
  });

  it.each<[VendorErrorKind, RegExp]>([
    ['timeout', /^yes/],
    ['unavailable', /^where `retryable`/],
    ['throttled', /^after `retryAfterSeconds`/],
    ['rejected', /^no$/],
    ['misconfigured', /^no$/],
    ['protocol', /^no$/],
    ['disabled', /^no$/],
  ])('advises to ask again after %s as the answer does', (kind, advice) => {
    const error = new VendorError({ vendor: 'campus', kind, message: 'campus: a test' });
    const { extensions = {} } = formatError({ message: '' }, error);
    expect(rows.get(String(extensions['code']))?.[2]).toMatch(advice);
    expect(extensions['retryable']).toBe(!advice.source.includes('no'));
    expect(extensions['retryAfterSeconds']).toBe(kind === 'throttled' ? 60 : undefined);
  });
});

it('docs/clients.md says of each type by what a cache keeps it', () => {
  const types = Object.values(graphOf('all').schema.getTypeMap()).filter(isObjectType);
  const kept = types.map(({ name }) => name).filter((name) => !/^(__|_|Query$|Mutation$)/.test(name));
  const [section = ''] = /## Keys for caches\n[^]*?\n## /.exec(textOf('docs/clients.md')) ?? [];
  expect(kept.length).toBeGreaterThanOrEqual(12);
  expect(kept.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
});
