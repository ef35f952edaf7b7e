import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import Libsql from 'libsql';
import { loadOrCreateDataKey } from '../../src/database/data-key.js';
import { DatabaseError } from '../../src/database/errors.js';
import { openStorage } from '../../src/app/storage.js';
import { type Database } from '../../src/database/open.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { EmbeddedDialect } from '../../src/database/sqlite-dialect.js';
import { type Tables } from '../../src/database/tables.js';
import { ENGINES, SQLITE } from '../engines.js';
import { runChild } from '../child.js';

/** The message, the kind and the name of every error below it, as an operator's log would show them. */
async function failure(work: Promise<unknown>): Promise<DatabaseError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DatabaseError)) throw new Error(`expected a DatabaseError, got ${String(error)}`);
  return error;
}

const PERSON = {
  id: 'p1',
  key_id: 'k',
  sealed: Buffer.from([0, 255, 7]),
  created_at: 1_795_303_206_075,
  mobile_tail: 5,
  updated_at: 2,
};

describe.each(ENGINES)('a database on $name', (engine) => {
  let url = '';
  let drop: () => Promise<void>;
  const opened: Database[] = [];

  async function open(): Promise<Database> {
    const database = await openStorage(url);
    opened.push(database);
    return database;
  }

  beforeEach(async () => {
    ({ url, drop } = await engine.open());
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await drop();
  });

  it('gives back times as numbers and sealed values as Buffers', async () => {
    const database = await open();
    await database.db.insertInto('people').values(PERSON).execute();
    const row = await database.db.selectFrom('people').selectAll().executeTakeFirstOrThrow();
    expect(row).toEqual({ seq: 1, ...PERSON });
    expect(Buffer.isBuffer(row.sealed)).toBe(true);
  });

  it('is opened by several processes at once while it is still new', async () => {
    const atMs = String(Date.now() + 2_000);
    const children = Array.from({ length: 4 }, () => runChild('database/open-child.ts', [url, atMs]));
    await Promise.all(children.map(({ ended }) => ended));
    const printed = children.map(({ lines }) => lines.join());
    expect(printed[0]).toMatch(/^ready/);
    expect(new Set(printed).size).toBe(1);
    const { db } = await open();
    expect(await sql<{ name: string }>`select name from kysely_migration`.execute(db)).toMatchObject({
      rows: [
        '0001-people',
        '0002-identity-checks',
        '0003-readiness',
        '0004-people-search',
        '0005-once-tokens',
        '0006-check-traces',
      ].map((name) => ({ name })),
    });
  });

  it('is opened by several connections of one process at once', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, open));
    await Promise.all(databases.map((database) => database.ping()));
  });

  it('undoes the whole of a transaction that fails', async () => {
    const database = await open();
    const { db } = database;
    const work = database.transaction(async (trx) => {
      await trx.insertInto('people').values(PERSON).execute();
      throw new Error('ours');
    });
    await expect(work).rejects.toThrow('ours');
    expect(await db.selectFrom('people').selectAll().execute()).toEqual([]);
  });

  it('lets transactions that read and then write run side by side', async () => {
    const [one, two] = [await open(), await open()];
    await one.db.insertInto('people').values(PERSON).execute();
    const addOne = (database: Database) =>
      database.transaction(async (trx) => {
        const query = trx.selectFrom('people').select('updated_at').where('id', '=', 'p1');
        const row = await (engine.name === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
        await trx
          .updateTable('people')
          .set({ updated_at: row.updated_at + 1 })
          .execute();
      });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([addOne(one), addOne(two), addOne(one)]);
    }
    const row = await two.db.selectFrom('people').select('updated_at').executeTakeFirstOrThrow();
    expect(row.updated_at).toBe(32);
  });

  it('can go on committing after a write that had to wait for a lock', async () => {
    const [one, two] = [await open(), await open()];
    let waiting: Promise<unknown> = Promise.resolve();
    await one.transaction(async (trx) => {
      await trx.insertInto('people').values(PERSON).execute();
      waiting = two.db
        .insertInto('people')
        .values({ ...PERSON, id: 'p2' })
        .execute();
      await sleep(100);
    });
    await waiting;
    await two.transaction((trx) => trx.updateTable('people').set({ updated_at: 3 }).execute());
    const rows = await one.db.selectFrom('people').select('updated_at').execute();
    expect(rows).toEqual([{ updated_at: 3 }, { updated_at: 3 }]);
  });

  it('names a violated unique constraint', async () => {
    const { db } = await open();
    await db.insertInto('people').values(PERSON).execute();
    const error = await failure(db.insertInto('people').values(PERSON).execute());
    expect(error.kind).toBe('conflict');
  });
});

describe('the embedded file', () => {
  let url = '';
  let file = '';
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ url, drop } = await SQLITE.open());
    file = sqliteFile(url) ?? '';
  });
  afterEach(() => drop());

  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  it('is readable by its owner alone, with its folder, its log and its key', async () => {
    const database = await openStorage(url);
    loadOrCreateDataKey(file);
    await database.db.insertInto('people').values(PERSON).execute();
    const modes = await Promise.all([file, `${file}-wal`, `${file}-shm`, `${file}.key`].map(modeOf));
    expect(modes).toEqual(['600', '600', '600', '600']);
    expect(await modeOf(file.slice(0, file.lastIndexOf('/')))).toBe('700');
    await database.close();
    await chmod(file, 0o644);
    await (await openStorage(url)).close();
    expect(await modeOf(file)).toBe('600');
  });

  it('is set to lose nothing that was acknowledged and to keep nothing that was deleted', async () => {
    const database = await openStorage(url);
    const pragma = async (name: string) => {
      const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(database.db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('secure_delete')).toBe(1);
    expect(await pragma('foreign_keys')).toBe(1);
    await database.close();
  });

  it('can commit after a statement met a lock', async () => {
    await (await openStorage(url)).close();
    const connect = () => {
      const database = new Libsql(file);
      database.pragma('busy_timeout = 10');
      return new Kysely<Tables>({ dialect: new EmbeddedDialect(database) });
    };
    const [one, two] = [connect(), connect()];
    await one.transaction().execute(async (trx) => {
      await trx.insertInto('people').values(PERSON).execute();
      await expect(two.deleteFrom('people').execute()).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    });
    await two.transaction().execute((trx) => trx.deleteFrom('people').execute());
    expect(await one.selectFrom('people').select('id').execute()).toEqual([]);
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('tells a full disk, writes nothing of that transaction, and goes on reading', async () => {
    const database = await openStorage(url);
    const { db } = database;
    await db.insertInto('people').values(PERSON).execute();
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql.raw(`pragma max_page_count = ${rows[0]?.page_count ?? 0}`).execute(db);
    const work = database.transaction(async (trx) => {
      await trx
        .insertInto('people')
        .values({ ...PERSON, id: 'p2' })
        .execute();
      await trx
        .insertInto('people')
        .values({ ...PERSON, id: 'p3', sealed: Buffer.alloc(100_000) })
        .execute();
    });
    expect((await failure(work)).kind).toBe('full');
    expect(await db.selectFrom('people').select('id').execute()).toEqual([{ id: 'p1' }]);
    await database.close();
  });

  it('tells a file that cannot be made, and one that is no database', async () => {
    expect((await failure(openStorage('file:/dev/null/folder/x.db'))).kind).toBe('misconfigured');
    loadOrCreateDataKey(file);
    await writeFile(file, 'certainly not SQLite, '.repeat(500));
    expect((await failure(openStorage(url))).kind).toBe('corrupt');
  });

  it('keeps the key it made, and refuses one that was damaged', async () => {
    const key = loadOrCreateDataKey(file);
    expect(key).toHaveLength(32);
    expect(loadOrCreateDataKey(file)).toEqual(key);
    await writeFile(`${file}.key`, (await readFile(`${file}.key`, 'utf8')).slice(5));
    expect(() => loadOrCreateDataKey(file)).toThrow(DatabaseError);
  });
});

describe('an unreachable server', () => {
  it.each([
    'postgres://someone:open-sesame@127.0.0.1:1/kaquan',
    'postgres://someone:open-sesame@nowhere.invalid/kaquan',
    'postgres://someone:open-sesame@:bad:port/kaquan',
    'mysql://someone:open-sesame@127.0.0.1/kaquan',
  ])('is told without the password (%#)', async (url) => {
    const error = await failure(openStorage(url));
    expect(error.kind).toBe('unavailable');
    expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error.cause)}`).not.toContain('open-sesame');
  });
});
