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

/** The pages in English. */
export const PAGES = [
  'README.md',
  'SECURITY.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.endsWith('.zh-CN.md'))
    .map((file) => join('docs', file))
    .sort(),
];

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

/** Links within the documentation that lead nowhere. */
export function brokenLinks(page: string): string[] {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
