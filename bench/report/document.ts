import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
const DOCUMENT = join(DOCS, 'performance.md');

/** What a command writes; everything else in docs/performance.md is written by hand. */
export type Section = 'comparison' | 'growth' | 'profile';

/** Replaces one section, which stands between two comments. */
export function writeSection(section: Section, lines: readonly string[]): void {
  const [start, end] = [`<!-- ${section}: written by npm run bench -->`, `<!-- /${section} -->`];
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost the comments around its section ${section}`);
  writeFileSync(DOCUMENT, `${text.slice(0, from + start.length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`);
}

export function writePicture(file: string, svg: string): void {
  writeFileSync(join(DOCS, file), svg);
}

/** A table of Markdown; the first row is its head. Columns of figures are set to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const isFigures = (column: number) => body.every((row) => /^[\d–]/.test(row[column] ?? ''));
  return [line(head), line(head.map((_, column) => (isFigures(column) ? '---:' : '---'))), ...body.map(line)];
}
