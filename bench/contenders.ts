import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Target } from './load/requests.js';
import { type BenchPerson, inventPerson, registerPeople } from './people.js';
import { freePort, type Program, startProgram } from './programs.js';
import { type RunSecrets } from './secrets.js';
import { DIRECTORY } from './workloads.js';

/** Something that is measured, running. */
export interface Contender extends Target {
  name: string;
  about: string;
  pids: number[];
  /** Another shape of this server: not measured under every load. */
  beside?: boolean;
  close: () => Promise<void>;
}

/** What a run has made for its contenders. */
export interface Setting {
  /** A folder of the run's own: databases, logs. */
  folder: string;
  secrets: RunSecrets;
  vendorUrl: string;
}

const ROOT = join(import.meta.dirname, '..');
const ALTERNATIVES = join(import.meta.dirname, 'alternatives');

const ALTERNATIVE_PROGRAMS = [
  {
    name: 'hand-written',
    file: 'rest.mjs',
    about: 'REST by hand: Fastify, undici, serialised by schema',
    speaks: 'rest',
  },
  { name: 'Mercurius', file: 'mercurius.mjs', about: 'Mercurius with graphql-jit and loaders', speaks: 'graphql' },
  {
    name: 'Apollo, tuned',
    file: 'apollo-tuned.mjs',
    about: 'Apollo Server on Fastify, cache control off, DataLoader, undici',
    speaks: 'graphql',
  },
  {
    name: 'Apollo, as written',
    file: 'apollo-rest-datasource.mjs',
    about: 'Apollo Server stand-alone with RESTDataSource, a call for each voucher',
    speaks: 'graphql',
  },
] as const;

/** The compiled server and the alternatives' own packages, made where they are missing or out of date. */
export function prepareFolders(): void {
  run('npm', ['run', '--silent', 'build'], ROOT);
  const installed = join(ALTERNATIVES, 'node_modules', '.package-lock.json');
  const lock = join(ALTERNATIVES, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], ALTERNATIVES);
}

function run(command: string, args: string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** The vendors' settings, the same for everyone; nobody is paced and everybody has 128 connections to a vendor. */
function vendorSettings({ secrets, vendorUrl }: Setting): Record<string, string> {
  return { ...secrets.vendors, CAMPUS_BASE_URL: vendorUrl, ZVCMS_BASE_URL: vendorUrl };
}

/** This server in production's settings, with everything on that it has on there. */
export async function serverSettings(setting: Setting, databaseUrl: string): Promise<Record<string, string>> {
  return {
    ...vendorSettings(setting),
    HOST: '127.0.0.1',
    PORT: '0',
    // Metrics are served as they are in production; nobody reads them while it is measured.
    METRICS_PORT: String(await freePort()),
    LOG_LEVEL: 'info',
    DATABASE_URL: databaseUrl,
    DATA_KEY: setting.secrets.dataKey,
    AUTH_SECRET: setting.secrets.authSecret,
    AUDIT_LOG: join(setting.folder, 'audit.log'),
    CAMPUS_MAX_CONCURRENCY: '128',
    ZVCMS_MAX_CONCURRENCY: '128',
    ZVCMS_MAX_PER_SECOND: '0',
  };
}

export function startServer(
  setting: Setting,
  name: string,
  env: Record<string, string>,
  args: readonly string[] = [join(ROOT, 'dist', 'server.js')],
): Promise<Program> {
  const log = join(setting.folder, `${name}.log`);
  return startProgram(args, env, { log, cwd: setting.folder });
}

/** This server on one database; its people are registered over its API. */
export async function startKaquan(setting: Setting, name: string, databaseUrl: string): Promise<Contender> {
  const program = await startServer(setting, name, await serverSettings(setting, databaseUrl));
  const about = databaseUrl.startsWith('file:') ? 'this server, SQLite' : 'this server, PostgreSQL';
  return { ...(await kaquanOn(setting, program, name)), about };
}

/** A server that runs already, with the people registered at it. */
export async function kaquanOn(setting: Setting, { url, pid, close }: Program, name: string): Promise<Contender> {
  const people = await registerPeople(url, setting.secrets.writerToken, directory());
  return { name, about: 'this server', url, speaks: 'graphql', people, pids: [pid], close };
}

/** Everything that is not this server; they hold its people, with its ids, in memory. */
export async function startAlternatives(setting: Setting, people: readonly BenchPerson[]): Promise<Contender[]> {
  const peopleFile = join(setting.folder, 'people.json');
  writeFileSync(peopleFile, JSON.stringify(people), { mode: 0o600 });
  const env = { ...vendorSettings(setting), PEOPLE_FILE: peopleFile };
  return Promise.all(
    ALTERNATIVE_PROGRAMS.map(async ({ name, file, about, speaks }) => {
      const log = join(setting.folder, `${file}.log`);
      const { url, pid, close } = await startProgram([join(ALTERNATIVES, file)], env, { log });
      return { name, about, url, speaks, people, pids: [pid], close };
    }),
  );
}

export function directory(): ReturnType<typeof inventPerson>[] {
  const { people, cards, collectors, cardsOfCollectors } = DIRECTORY;
  return Array.from({ length: people + collectors }, (_, number) =>
    inventPerson(number, number < people ? cards : cardsOfCollectors),
  );
}
