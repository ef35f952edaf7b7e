import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file).replaceAll(sep, '/'));

/** Every import of a file, relative ones as paths from the root. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/^\s*(?:import|export)\b[^'"]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((name) =>
      name.startsWith('.')
        ? normalize(join(dirname(file), name))
            .replaceAll(sep, '/')
            .replace(/\.js$/, '.ts')
        : name,
    );
}

interface Arrow {
  file: string;
  imported: string;
}

const IMPORTS: Arrow[] = FILES.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })));

/**
 * The rooms, each above those that it may know besides itself. What is not named here is a wrong arrow. `app` is what
 * starts and stops the process, loose in its folder; its other rooms know nothing of that, but for the doctor, a command.
 */
const ROOMS: Record<string, readonly string[]> = {
  'src/server.ts': ['app/doctor', 'app', 'config'],
  'app/doctor': ['app', 'app/authentication', 'modules', 'config', 'transport', 'database'],
  app: [
    'app/http',
    'app/authentication',
    'app/explorer',
    'app/observability/requests',
    'app/observability/metrics',
    'app/observability/logs',
    'modules',
    'config',
    'identity-checks',
    'people',
    'vendors',
    'transport',
    'database',
    'sandbox',
  ],
  'app/http': [
    'app/authentication',
    'app/explorer',
    'app/observability/requests',
    'app/observability/metrics',
    'app/observability/logs',
    'context',
    'config',
    'graph',
    'transport',
    'database',
  ],
  'app/authentication': ['app/explorer', 'modules', 'config', 'graph', 'people', 'database'],
  'app/explorer': ['modules'],
  'app/observability/requests': ['app/observability/metrics', 'app/observability/logs', 'config', 'graph', 'transport'],
  'app/observability/metrics': ['graph', 'identity-checks', 'transport', 'database'],
  'app/observability/logs': ['graph', 'database'],
  modules: ['resolvers', 'context', 'graph', 'config', 'people', 'vendors', 'transport', 'sandbox'],
  resolvers: ['context', 'graph', 'people', 'identity-checks', 'vendors', 'transport'],
  context: ['graph', 'people', 'identity-checks', 'vendors', 'transport'],
  config: ['graph', 'transport'],
  graph: ['transport', 'database'],
  'identity-checks': ['people', 'vendors', 'transport', 'database'],
  people: ['database'],
  vendors: ['transport'],
  transport: [],
  database: [],
  sandbox: [],
};

const ROOMS_OF_APP = Object.keys(ROOMS).filter((room) => room.startsWith('app/'));

/** Datasources that are no vendor's: what we store ourselves, and what all vendors share. */
const OUR_OWN = ['transport', 'people', 'identity-checks'];

const VENDORS = readdirSync('src/datasources', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !OUR_OWN.includes(entry.name))
  .map(({ name }) => name);

function roomOf(file: string): string {
  const [, first = '', second = ''] = file.split('/');
  if (first === 'server.ts') return file;
  if (first === 'context.ts') return 'context';
  if (first === 'app') return ROOMS_OF_APP.find((room) => file.startsWith(`src/${room}/`)) ?? 'app';
  if (first !== 'datasources') return first;
  return OUR_OWN.includes(second) ? second : 'vendors';
}

const isOurs = ({ imported }: Arrow) => imported.startsWith('src/');
const arrows = (wrong: (arrow: Arrow) => boolean): string[] =>
  IMPORTS.filter(wrong).map(({ file, imported }) => `${file} → ${imported}`);

it('reads the imports of every file, and knows the room of each', () => {
  expect(FILES.length).toBeGreaterThan(80);
  expect(IMPORTS.length).toBeGreaterThan(300);
  expect(IMPORTS).toContainEqual({ file: 'src/modules/registry.ts', imported: 'src/graph/schema.ts' });
  expect(FILES.filter((file) => !(roomOf(file) in ROOMS))).toEqual([]);
  expect(IMPORTS.filter(isOurs).filter(({ imported }) => !FILES.includes(imported))).toEqual([]);
});

it.each(Object.entries(ROOMS))('%s imports only what it may know', (room, known) => {
  const files = FILES.filter((file) => roomOf(file) === room);
  expect(files.length).toBeGreaterThan(0);
  expect(
    arrows((arrow) => {
      const target = roomOf(arrow.imported);
      return files.includes(arrow.file) && isOurs(arrow) && target !== room && !known.includes(target);
    }),
  ).toEqual([]);
});

it('a room may know only rooms below it, so that no rooms go in a circle', () => {
  const rooms = Object.keys(ROOMS);
  const upward = Object.entries(ROOMS).flatMap(([room, known]) =>
    known.filter((one) => rooms.indexOf(one) <= rooms.indexOf(room)).map((one) => `${room} → ${one}`),
  );
  expect(upward).toEqual([]);
});

it('no imports go in a circle', () => {
  const targets = new Map(FILES.map((file) => [file, importsOf(file).filter((one) => FILES.includes(one))]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
  expect(circles).toEqual([]);
});

describe('each border by itself', () => {
  it('no vendor knows another', () => {
    expect(VENDORS).toEqual(expect.arrayContaining(['campus', 'zvcms', 'zhima']));
    const vendorOf = (file: string) => VENDORS.find((name) => file.startsWith(`src/datasources/${name}/`));
    expect(
      arrows(({ file, imported }) => {
        const [from, to] = [vendorOf(file), vendorOf(imported)];
        return from !== undefined && to !== undefined && from !== to;
      }),
    ).toEqual([]);
  });

  it('a datasource and the database know nothing of GraphQL', () => {
    expect(
      arrows(
        ({ file, imported }) =>
          /^src\/(datasources|database)\//.test(file) && /^(graphql|type-graphql|@apollo\/|@graphql)/.test(imported),
      ),
    ).toEqual([]);
  });

  it('the database knows the meaning of no table', () => {
    const source = FILES.filter((file) => roomOf(file) === 'database').map((file) => readFileSync(file, 'utf8'));
    expect(source.length).toBeGreaterThan(5);
    expect(source.join('\n')).not.toMatch(/['"`](people|person_accounts|person_grams|identity_checks)['"`]/);
  });

  it('the sandbox shares no code with what it checks', () => {
    expect(
      arrows((arrow) => roomOf(arrow.file) === 'sandbox' && isOurs(arrow) && roomOf(arrow.imported) !== 'sandbox'),
    ).toEqual([]);
  });

  it('nothing in src imports a test or a script', () => {
    expect(arrows(({ imported }) => /^(test|scripts|bench|examples)\//.test(imported))).toEqual([]);
  });

  it('only server.ts reads the environment, and only it exits', () => {
    expect(
      FILES.filter((file) => file !== 'src/server.ts' && /process\.(env|exit)\b/.test(readFileSync(file, 'utf8'))),
    ).toEqual([]);
  });

  it('no file stands loose in src but the entry and the context', () => {
    expect(FILES.filter((file) => file.split('/').length === 2)).toEqual(['src/context.ts', 'src/server.ts']);
  });

  it('nor in app but what starts and stops the process', () => {
    const loose = ['backup', 'banner', 'limits', 'sandbox', 'serve', 'stop', 'storage', 'version'];
    expect(FILES.filter((file) => roomOf(file) === 'app').sort()).toEqual(loose.map((name) => `src/app/${name}.ts`));
  });
});
