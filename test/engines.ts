import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** One database engine that tests can run on. */
export interface TestEngine {
  name: 'sqlite' | 'postgres';
  /** A new, empty database of its own; `drop` removes it once every connection to it is closed. */
  open(): Promise<{ url: string; drop: () => Promise<void> }>;
}

const POSTGRES_URL = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

export const SQLITE: TestEngine = {
  name: 'sqlite',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'kaquan-test-'));
    return { url: `file:${join(folder, 'data', 'test.db')}`, drop: () => rm(folder, { recursive: true, force: true }) };
  },
};

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const postgres: TestEngine = {
  name: 'postgres',
  async open() {
    const name = `kaquan_test_${randomBytes(6).toString('hex')}`;
    await onServer(`create database ${name}`);
    const url = new URL(POSTGRES_URL);
    url.pathname = `/${name}`;
    return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
  },
};

async function available(): Promise<TestEngine[]> {
  try {
    await onServer('select 1');
    return [SQLITE, postgres];
  } catch {
    console.warn('PostgreSQL does not answer (TEST_POSTGRES_URL): these tests run on SQLite only.');
    return [SQLITE];
  }
}

/** For `describe.each`: SQLite always, PostgreSQL where it answers. */
export const ENGINES: TestEngine[] = await available();
