import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorsOf, CHINESE_PAGES, linksOf, PAGES, proseOf, targetOf, textOf } from './fences.js';

/** The pages for front-end developers, which Chinese engineers read in Chinese; the others are for who runs the server. */
const TRANSLATED = [
  'README.md',
  ...['authentication', 'clients', 'errors', 'sandbox', 'schema'].map((name) => `docs/${name}.md`),
];
const chineseOf = (page: string) =>
  page === 'README.md' ? 'README.zh-CN.md' : join('docs/zh-CN', relative('docs', page));
const PAIRS = TRANSLATED.map((page): [string, string] => [page, chineseOf(page)]);

/** Headings by number and level in their order. */
const levelsOf = (text: string) => [...proseOf(text).matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length);

/** The blocks of code with their first lines, letter by letter. */
const blocksOf = (text: string) => text.match(/^( *)```\w[^]*?\n\1```$/gm) ?? [];

/** What each row of a table has in code, and how many cells; the order of words within a row is the language's own. */
const rowsOf = (text: string) =>
  [...proseOf(text).matchAll(/^\|.*\|$/gm)].map(([row]) => ({
    cells: row.split('|').length - 2,
    code: (row.match(/`[^`]+`/g) ?? []).sort(),
  }));

/** Where the links lead, whichever the language: the page in English, and the number of the heading there. */
function destinationsOf(page: string, text: string): string[] {
  return linksOf(text)
    .map((link) => {
      if (/^https?:/.test(link)) return link;
      const { file, anchor } = targetOf(page, link);
      const [english = file] = PAIRS.find((pair) => pair.includes(file)) ?? [];
      const target = file === page ? text : anchor === undefined ? '' : textOf(file);
      return anchor === undefined ? english : `${english}#${anchorsOf(target).indexOf(anchor)}`;
    })
    .sort();
}

/** What both languages must have alike. */
const outlineOf = (page: string, text = textOf(page)) => ({
  levels: levelsOf(text),
  blocks: blocksOf(text),
  rows: rowsOf(text),
  links: destinationsOf(page, text),
});

it('each page in Chinese is a page for front-end developers, and the other way round', () => {
  expect([...CHINESE_PAGES].sort()).toEqual(PAIRS.map(([, chinese]) => chinese).sort());
});

describe.each(PAIRS)('%s and %s', (english, chinese) => {
  it('have the same headings, blocks of code, tables and links', () => {
    expect(levelsOf(textOf(english)).length).toBeGreaterThan(2);
    expect(outlineOf(chinese)).toEqual(outlineOf(english));
  });

  it('lead to each other at their top', () => {
    const from = (page: string, to: string) => relative(dirname(page), to);
    expect(textOf(english).split('\n')[2]).toBe(`English · [中文](${from(english, chinese)})`);
    expect(textOf(chinese).split('\n')[2]).toBe(`[English](${from(chinese, english)}) · 中文`);
  });

  it('send readers to pages in their own language where there are some', () => {
    const others = linksOf(textOf(chinese).split('\n').slice(3).join('\n'))
      .map((link) => targetOf(chinese, link).file)
      .filter((file) => TRANSLATED.includes(file));
    expect(others).toEqual([]);
  });

  it('are in Chinese but for names', () => {
    const prose = proseOf(textOf(chinese)).replaceAll(/`[^`]*`|\]\([^)]*\)/g, '');
    const han = prose.match(/\p{Script=Han}/gu)?.length ?? 0;
    const words = prose.match(/[a-z]{2,}/gi)?.length ?? 0;
    expect(han).toBeGreaterThan(2 * words);
  });

  it.each([
    ['a heading is added', (text: string) => `${text}\n## One more\n`],
    ['a heading goes down a level', (text: string) => text.replace(/^## /m, '### ')],
    ['a letter of code changes', (text: string) => text.replace(/^(```\w+.*\n.*)$/m, '$1 ')],
    ['a link leads elsewhere', (text: string) => text.replace(/\]\([^)]+\)/, '](https://example.com/)')],
    ['a row of a table goes', (text: string) => text.replace(/^\|.*\n/m, '')],
  ])('fall out of step when %s in one alone', (_change, changed) => {
    const text = changed(textOf(english));
    expect(text).not.toBe(textOf(english));
    expect(outlineOf(english, text)).not.toEqual(outlineOf(chinese));
  });
});

it('the README leads to every page of docs/', () => {
  const led = linksOf(textOf('README.md')).map((link) => targetOf('README.md', link).file);
  const pages = PAGES.filter((page) => page.startsWith('docs/'));
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter((page) => !led.includes(page)).map((page) => basename(page))).toEqual([]);
});
