import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type SettingTable } from '../src/config/setting.js';
import { type Vendor } from '../src/datasources/transport/vendor.js';
import { SERVER_SETTINGS } from '../src/config/server-settings.js';
import { VENDORS } from '../src/modules/index.js';

const HEAD = `# Every setting, its default where it has one, and what it is for. Copy this file to .env and take away the # where you
# set one. NAME_FILE=/path instead of NAME=value reads the value from a file. An empty value counts as not set.
`;

const section = (title: string, table: SettingTable, required: readonly string[] = []): string =>
  [
    `\n# ---- ${title} ----`,
    ...Object.entries(table).flatMap(([name, { about, default: fallback }]) => [
      `# ${about}${required.includes(name) ? ' (required for this vendor)' : ''}`,
      `#${name}=${fallback ?? ''}`,
    ]),
  ].join('\n');

/** The text of .env.example, from the same tables that the settings are read by. */
export function renderEnvExample(vendors: readonly Vendor[]): string {
  const sections = [
    section('The server', SERVER_SETTINGS),
    ...vendors.map(({ name, table, required }) =>
      section(`The vendor ${name}: off where none of its names is set`, table, required),
    ),
  ];
  return `${HEAD}${sections.join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync('.env.example', renderEnvExample(VENDORS));
