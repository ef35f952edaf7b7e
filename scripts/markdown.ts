/** The pages for front-end developers are there in both. */
export type Language = 'en' | 'zh';
export type Words = Readonly<Record<Language, string>>;

/** A table of Markdown; the first row is its head. */
export function table(...[head = [], ...body]: (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}
