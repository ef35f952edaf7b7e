import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Licences that ask for nothing but their notice. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Install scripts that are known, and known not to be needed: SECURITY.md says why. */
const KNOWN_INSTALL_SCRIPTS = new Set(['node_modules/@apollo/protobufjs']);

interface Package {
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}
export interface Lockfile {
  packages: Record<string, Package>;
}

/** An SPDX expression whose every needed part is allowed: all of AND, one of OR. */
function isAllowed(expression: string): boolean {
  const parts = expression.replace(/^\((.*)\)$/, '$1');
  if (parts.includes(' OR ')) return parts.split(' OR ').some(isAllowed);
  return parts.split(' AND ').every((one) => ALLOWED.has(one.replace(/[()]/g, '').trim()));
}

/** What is wrong with what a production install brings; empty where all is well. Also gives how much was looked at. */
export function checkPackages({ packages }: Lockfile): { checked: number; problems: string[] } {
  const production = Object.entries(packages).filter(([path, { dev }]) => path.includes('node_modules/') && !dev);
  const problems = production.flatMap(([path, { license, hasInstallScript }]) => [
    ...(license !== undefined && isAllowed(license)
      ? []
      : [`${path} is under ${license ?? 'no licence that it names'}`]),
    ...(hasInstallScript && !KNOWN_INSTALL_SCRIPTS.has(path) ? [`${path} runs a script when it is installed`] : []),
  ]);
  return { checked: production.length, problems };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { checked, problems } = checkPackages(JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(`${checked} production packages, ${problems.length} problems\n`);
  process.exitCode = problems.length > 0 || checked === 0 ? 1 : 0;
}
