import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { opensToOwner, ruledFields } from '../src/graph/access.js';
import { graphOf, MODULES, SCOPES } from '../src/modules/index.js';
import { type Language, table, type Words } from './markdown.js';
import { accountsTable, codesTable, peopleTable } from './sandbox-tables.js';

/** The parts of docs/ that are written from the code, by page and name; everything else there is written by hand. */
const SECTIONS: Record<string, Record<string, (language: Language) => string[]>> = {
  'authentication.md': { scopes: scopesTable, matrix: accessMatrix },
  'sandbox.md': { people: peopleTable, codes: codesTable, accounts: accountsTable },
};

const FOLDERS: Words = { en: 'docs', zh: 'docs/zh-CN' };
const PAGES = Object.entries(FOLDERS).flatMap(([language, folder]) =>
  Object.entries(SECTIONS).map(([name, sections]) => ({
    page: `${folder}/${name}`,
    language: language as Language,
    sections,
  })),
);

export const WRITTEN_PAGES = PAGES.map(({ page }) => page);

/**
 * The page with its sections as the code has them; each stands between two comments.
 * @throws Error where a page has lost the comments
 */
export function rewritten(page: string, text: string): string {
  const { language = 'en', sections = {} } = PAGES.find((one) => one.page === page) ?? {};
  for (const [name, lines] of Object.entries(sections)) {
    const [start, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} has lost the comments around its section ${name}`);
    text = `${text.slice(0, from + start.length)}\n\n${lines(language).join('\n')}\n\n${text.slice(to)}`;
  }
  return text;
}

/** What the scopes open; in English the modules say it. */
const SCOPES_IN_CHINESE: Record<string, string> = {
  'person:read': '任何人的资料：脱敏字段和关联账号',
  'person:pii': '另加姓名、手机号、邮箱和身份证号',
  'person:write': '登记、修改和遗忘人员',
  'directory:read': '通讯录，以及按关联账号查人',
  'voucher:read': '任何人的通行码（voucher）',
  'giftcard:read': '任何人的礼品卡及余额',
  'exchange:read': '兑换码',
  'identity:read': '任何人的身份核验记录',
  'identity:write': '发起、结算和直接进行身份核验',
};

function scopesTable(language: Language): string[] {
  const rows = MODULES.flatMap(({ scopes }) =>
    Object.entries(scopes).map(([scope, opens]) => {
      const said = language === 'en' ? opens : SCOPES_IN_CHINESE[scope];
      if (said === undefined) throw new Error(`scripts/write-docs.ts has no Chinese for the scope ${scope}`);
      return [`\`${scope}\``, said];
    }),
  );
  return table(language === 'en' ? ['scope', 'opens'] : ['scope', '开放的内容'], ...rows);
}

const BESIDES = {
  anyToken: { en: 'any valid token', zh: '任何有效令牌' },
  owner: { en: 'the person it is about', zh: '本人' },
  shown: { en: 'whoever a field showed the person to', zh: '已由某个字段查到此人的调用方' },
};

function accessMatrix(language: Language): string[] {
  const { schema } = graphOf('all');
  const rows = [...ruledFields(schema)].map(([, rule, name]) => {
    const { scopes } = rule;
    const besides = [
      ...(scopes.length === 0 ? [BESIDES.anyToken] : []),
      ...(opensToOwner(rule) ? [BESIDES.owner] : []),
      ...(rule.unless ? [BESIDES.shown] : []),
    ].map((words) => words[language]);
    return [
      `\`${name}\``,
      ...SCOPES.map((scope) => (scopes.includes(scope) ? '✓' : '')),
      besides.join(language === 'en' ? '; ' : '；'),
    ];
  });
  const [field, or] = language === 'en' ? ['field', 'or'] : ['字段', '或者是'];
  return table([field, ...SCOPES.map((scope) => `\`${scope}\``), or], ...rows);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const page of WRITTEN_PAGES) writeFileSync(page, rewritten(page, readFileSync(page, 'utf8')));
}
