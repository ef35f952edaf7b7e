import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, it } from '@jest/globals';

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));

/** Every import of a file, relative ones as paths from the root. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/^\s*(?:import|export)\b[^'"]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts') : name));
}

const IMPORTS = FILES.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })));

const VENDORS = readdirSync('src/datasources', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['transport', 'people', 'identity-checks'].includes(entry.name))
  .map(({ name }) => name);

/** What may stand above what: a folder never imports from a row over its own. */
const STOREYS = ['src/datasources/transport/', 'src/datasources/', 'src/resolvers/'];

const storeyOf = (file: string): number => {
  const found = STOREYS.findIndex((storey) => file.startsWith(storey));
  return found < 0 ? STOREYS.length : found;
};

const arrows = (wrong: (arrow: { file: string; imported: string }) => boolean): string[] =>
  IMPORTS.filter(wrong).map(({ file, imported }) => `${file} → ${imported}`);

it('reads the imports of every file', () => {
  expect(FILES.length).toBeGreaterThan(30);
  expect(IMPORTS.length).toBeGreaterThan(100);
  expect(IMPORTS).toContainEqual({
    file: join('src', 'modules', 'index.ts'),
    imported: join('src', 'graph', 'schema.ts'),
  });
});

it('imports run one way: resolvers → datasources → kit', () => {
  // A resolver may use what the graph and the context are made of; a datasource may use neither.
  const allowed = /^src\/(graph\/|context\.ts)/;
  expect(
    arrows(
      ({ file, imported }) =>
        storeyOf(imported) > storeyOf(file) &&
        imported.startsWith('src/') &&
        !(file.startsWith('src/resolvers/') && allowed.test(imported)),
    ),
  ).toEqual([]);
});

it('no vendor knows another', () => {
  expect(VENDORS).toContain('campus');
  const vendorOf = (file: string) => VENDORS.find((name) => relative(join('src/datasources', name), file)[0] !== '.');
  expect(
    arrows(({ file, imported }) => {
      const [from, to] = [vendorOf(file), imported.startsWith('src/') ? vendorOf(imported) : undefined];
      return from !== undefined && to !== undefined && from !== to;
    }),
  ).toEqual([]);
});

it('a datasource knows nothing of GraphQL', () => {
  expect(
    arrows(
      ({ file, imported }) =>
        file.startsWith('src/datasources/') && /^(graphql|type-graphql|@apollo\/|@graphql)/.test(imported),
    ),
  ).toEqual([]);
});

it('the sandbox shares no code with what it checks', () => {
  expect(
    arrows(
      ({ file, imported }) =>
        file.startsWith('src/sandbox/') && imported.startsWith('src/') && !imported.startsWith('src/sandbox/'),
    ),
  ).toEqual([]);
});

it('nothing in src imports a test', () => {
  expect(arrows(({ imported }) => imported.startsWith('test/') || imported.startsWith('scripts/'))).toEqual([]);
});

it('only server.ts reads the environment, and only it exits', () => {
  expect(
    FILES.filter(
      (file) => file !== join('src', 'server.ts') && /process\.(env|exit)\b/.test(readFileSync(file, 'utf8')),
    ),
  ).toEqual([]);
});
