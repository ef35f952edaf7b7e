import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Contender, directory, serverSettings, type Setting, startKaquan, startServer } from './contenders.js';
import { registerPeople } from './people.js';
import { type Program, startProgram } from './programs.js';

/** Other shapes of this server, reported beside it. */

const POSTGRES_URL = process.env['BENCH_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';
const ROOT = join(import.meta.dirname, '..');
const SUPERGRAPH = join(ROOT, 'schema', 'supergraph.graphql');

/** A new database on the PostgreSQL of BENCH_POSTGRES_URL, dropped afterwards; undefined where none answers. */
export async function openPostgres(): Promise<{ url: string; drop: () => Promise<void> } | undefined> {
  const name = `kaquan_bench_${randomBytes(6).toString('hex')}`;
  try {
    await onPostgres(`create database ${name}`);
  } catch {
    return undefined;
  }
  const url = new URL(POSTGRES_URL);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onPostgres(`drop database if exists ${name} with (force)`) };
}

async function onPostgres(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The CPU of PostgreSQL's own processes is not in the figures: they are not this server's, and may be on another machine. */
export async function startOnPostgres(setting: Setting): Promise<Contender | undefined> {
  const database = await openPostgres();
  if (!database) return undefined;
  try {
    const contender = await startKaquan(setting, 'Kaquan, PostgreSQL', database.url);
    const close = async () => {
      await contender.close();
      await database.drop();
    };
    return { ...contender, close, beside: true };
  } catch (error) {
    await database.drop();
    throw error;
  }
}

/** A process for each subgraph and a router in front of them; the CPU is that of all of them. */
export async function startSplit(setting: Setting): Promise<Contender> {
  const running: Program[] = [];
  const close = async () => {
    await Promise.all(running.map((program) => program.close()));
  };
  try {
    const { routerSecret, authSecret, writerToken } = setting.secrets;
    // They share the database as a deployment's would, and only the people's subgraph creates it.
    const databaseUrl = `file:${join(setting.folder, 'split.db')}`;
    const urls = new Map<string, string>();
    const supergraph = readFileSync(SUPERGRAPH, 'utf8');
    for (const [, name = ''] of supergraph.matchAll(/@join__graph\(name: "([^"]+)"/g)) {
      const settings = await serverSettings(setting, databaseUrl);
      const env = { ...settings, SUBGRAPH: name, ROUTER_SECRET: routerSecret };
      const program = await startServer(setting, `split-${name}`, env);
      running.push(program);
      urls.set(name, program.url);
    }
    const supergraphFile = join(setting.folder, 'supergraph.graphql');
    writeFileSync(supergraphFile, supergraphOf(supergraph, urls));
    const router = await startProgram(
      ['--import', '@swc-node/register/esm-register', join(import.meta.dirname, 'split-router.ts')],
      { SUPERGRAPH_FILE: supergraphFile, ROUTER_SECRET: routerSecret, AUTH_SECRET: authSecret },
      { log: join(setting.folder, 'split-router.log'), cwd: ROOT },
    );
    running.push(router);
    return {
      name: 'Kaquan, split',
      about: 'this server, its subgraphs in a process each behind a Hive gateway',
      url: router.url,
      speaks: 'graphql',
      people: await registerPeople(router.url, writerToken, directory()),
      pids: running.map(({ pid }) => pid),
      beside: true,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The committed supergraph, with the places of this run's subgraphs. */
function supergraphOf(supergraph: string, urls: ReadonlyMap<string, string>): string {
  return supergraph.replace(/@join__graph\(name: "([^"]+)", url: "[^"]*"\)/g, (all, name: string) => {
    const url = urls.get(name);
    return url === undefined ? all : `@join__graph(name: "${name}", url: "${url}")`;
  });
}
