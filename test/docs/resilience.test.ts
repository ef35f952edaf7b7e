import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { textOf } from './fences.js';

/** The last cell of each row: a file below test/, and the title of a test in it. */
const NAMED = [...textOf('docs/resilience.md').matchAll(/^\|.*\| `([\w/.-]+\.test\.ts)`: (.+) \|$/gm)].map(
  ([, file = '', title = '']) => ({ file, title }),
);
const ROWS = [...textOf('docs/resilience.md').matchAll(/^\| (?!what fails|---).*\|$/gm)];

it('docs/resilience.md names a test in each of its rows', () => {
  expect(NAMED.length).toBeGreaterThan(30);
  expect(NAMED.length).toBe(ROWS.length);
});

it.each(NAMED)('$file has "$title"', ({ file, title }) => {
  // As the source spells it, in any of the three kinds of quotes.
  const source = readFileSync(`test/${file}`, 'utf8').replaceAll("\\'", "'");
  expect(['"', "'", '`'].some((quote) => source.includes(`${quote}${title}${quote}`))).toBe(true);
});
