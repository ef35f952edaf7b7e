import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type SettingTable } from '../src/config/setting.js';
import { serverSettings } from '../src/config/server-settings.js';
import { SUBGRAPH_NAMES, VENDORS } from '../src/modules/index.js';

const HEAD = `# Every setting, its default where it has one, and what it is for. Copy this file to .env and take away the # where you
# set one. NAME_FILE=/path instead of NAME=value reads the value from a file. An empty value counts as not set.
`;

const section = (title: string, table: SettingTable): string =>
  [
    `\n# ---- ${title} ----`,
    ...Object.entries(table).flatMap(([name, { about, default: fallback, required }]) => [
      `# ${about}${required ? ' (required for this vendor)' : ''}`,
      `#${name}=${fallback ?? ''}`,
    ]),
  ].join('\n');

/** The text of .env.example, from the same tables that the settings are read by. */
export function renderEnvExample(): string {
  const sections = [
    section('The server', serverSettings(SUBGRAPH_NAMES)),
    ...VENDORS.map(({ name, table }) => section(`The vendor ${name}: off where none of its names is set`, table)),
  ];
  return `${HEAD}${sections.join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync('.env.example', renderEnvExample());
