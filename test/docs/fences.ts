import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A block of code in a page of the documentation. */
export interface Fence {
  page: string;
  line: number;
  /** The first word behind the backticks. */
  language: string;
  /**
   * What stands behind it, which readers are not shown: `errors=A,B` (the codes that the answer has), `run`, `schema` (types,
   * not an operation), `not-run: why`.
   */
  info: string;
  text: string;
}

const IN_DOCS = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join('docs', file))
  .sort();
const isChinese = (page: string) => page.startsWith(join('docs', 'zh-CN/'));

/** The pages in English. */
export const PAGES = ['README.md', 'SECURITY.md', ...IN_DOCS.filter((page) => !isChinese(page))];
export const CHINESE_PAGES = ['README.zh-CN.md', ...IN_DOCS.filter(isChinese)];

export const textOf = (page: string): string => readFileSync(page, 'utf8');

const FENCE = /^( *)```(\w+)(?: +(.+))?\n([^]*?)\n\1```$/gm;

export const FENCES: readonly Fence[] = PAGES.flatMap((page) => {
  const source = textOf(page);
  return [...source.matchAll(FENCE)].map(([, indent = '', language = '', info = '', text = ''], at, all) => ({
    page,
    line: source.slice(0, all[at]?.index).split('\n').length,
    language,
    info,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
});

export const nameOf = ({ page, line }: Fence): string => `${page}:${line}`;

/** Why a block is not run; undefined where it is. */
export const reasonNotToRun = ({ info }: Fence): string | undefined => /^not-run: (.+)$/.exec(info)?.[1];

export const codesOf = ({ info }: Fence): string[] =>
  (/^errors=(\S+)$/.exec(info)?.[1] ?? '').split(',').filter((code) => code !== '');

/** A page's text without its blocks of code. */
export const proseOf = (text: string): string => text.replaceAll(FENCE, '');

/** Where the links and pictures of a page lead, as they are written. */
export const linksOf = (text: string): string[] =>
  [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** The file of the repository that a link means, and the anchor in it. */
export function targetOf(page: string, link: string): { file: string; anchor?: string | undefined } {
  const [path = '', anchor] = link.split('#');
  return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
}

/** Links within the documentation that lead nowhere. */
export function brokenLinks(page: string): string[] {
  return linksOf(textOf(page)).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const { file, anchor } = targetOf(page, link);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(textOf(file)).includes(anchor);
  });
}

/** As GitHub makes them of headings, in their order. */
export function anchorsOf(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
