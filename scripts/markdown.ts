/** A table of Markdown; the first row is its head. */
export function table(...[head = [], ...body]: (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)];
}
