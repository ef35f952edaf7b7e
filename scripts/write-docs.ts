import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { opensToOwner, ruledFields } from '../src/graph/access.js';
import { graphOf, MODULES, SCOPES } from '../src/modules/index.js';
import { table } from './markdown.js';
import { accountsTable, codesTable, peopleTable } from './sandbox-tables.js';

/** The parts of docs/ that are written from the code, by page and name; everything else there is written by hand. */
const SECTIONS: Record<string, Record<string, () => string[]>> = {
  'docs/authentication.md': { scopes: scopesTable, matrix: accessMatrix },
  'docs/sandbox.md': { people: peopleTable, codes: codesTable, accounts: accountsTable },
};

export const WRITTEN_PAGES = Object.keys(SECTIONS);

/**
 * The page with its sections as the code has them; each stands between two comments.
 * @throws Error where a page has lost the comments
 */
export function rewritten(page: string, text: string): string {
  for (const [name, lines] of Object.entries(SECTIONS[page] ?? {})) {
    const [start, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} has lost the comments around its section ${name}`);
    text = `${text.slice(0, from + start.length)}\n\n${lines().join('\n')}\n\n${text.slice(to)}`;
  }
  return text;
}

function scopesTable(): string[] {
  const rows = MODULES.flatMap(({ scopes }) => Object.entries(scopes).map(([scope, opens]) => [`\`${scope}\``, opens]));
  return table(['scope', 'opens'], ...rows);
}

function accessMatrix(): string[] {
  const { schema } = graphOf('all');
  const rows = [...ruledFields(schema)].map(([, rule, name]) => {
    const { scopes } = rule;
    const besides = [
      ...(scopes.length === 0 ? ['any valid token'] : []),
      ...(opensToOwner(rule) ? ['the person it is about'] : []),
      ...(rule.unless ? ['whoever a field showed the person to'] : []),
    ];
    return [`\`${name}\``, ...SCOPES.map((scope) => (scopes.includes(scope) ? '✓' : '')), besides.join('; ')];
  });
  return table(['field', ...SCOPES.map((scope) => `\`${scope}\``), 'or'], ...rows);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const page of WRITTEN_PAGES) writeFileSync(page, rewritten(page, readFileSync(page, 'utf8')));
}
