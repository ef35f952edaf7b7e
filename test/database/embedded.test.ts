import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import Libsql from 'libsql';
import { type Database, openDatabase } from '../../src/database/open.js';
import { sharedRuns } from '../../src/database/shared-runs.js';
import { EmbeddedDialect } from '../../src/database/sqlite-dialect.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { type Tables } from '../../src/database/tables.js';
import { SQLITE } from '../engines.js';

describe('the connection to the embedded file', () => {
  let url = '';
  let drop: () => Promise<void>;
  const opened: Database[] = [];
  const open = async () => {
    const database = await openDatabase(url);
    opened.push(database);
    return database;
  };
  const add = (database: Database, value: number) =>
    sql`insert into numbers (n) values (${value})`.execute(database.db);
  const read = async (database: Database) => {
    const { rows } = await sql<{ n: number }>`select n from numbers order by n`.execute(database.db);
    return rows.map(({ n }) => n);
  };

  beforeEach(async () => {
    ({ url, drop } = await SQLITE.open());
    const database = await open();
    await sql`create table numbers (n integer)`.execute(database.db);
    await add(database, 1);
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await drop();
  });

  it('prepares a statement once, and keeps only so many', async () => {
    const libsql = new Libsql(sqliteFile(url) ?? '');
    const prepare = jest.spyOn(libsql, 'prepare');
    const db = new Kysely<Tables>({ dialect: new EmbeddedDialect(libsql) });
    const ask = (n: number) => sql.raw(`select ${n} as n`).execute(db);
    for (let round = 0; round < 5; round += 1) await ask(0);
    expect(prepare).toHaveBeenCalledTimes(1);
    for (let n = 1; n < 200; n += 1) await ask(n);
    await ask(0);
    expect(prepare).toHaveBeenCalledTimes(200);
    await ask(200);
    // The one that was used longest ago had to go.
    expect((await ask(1)).rows).toEqual([{ n: 1 }]);
    expect(prepare).toHaveBeenCalledTimes(202);
    await ask(0);
    expect(prepare).toHaveBeenCalledTimes(202);
    await db.destroy();
  });

  it('can use a statement, and commit, after that statement met a lock', async () => {
    const file = sqliteFile(url) ?? '';
    for (const database of opened.splice(0)) await database.close();
    // Not in WAL mode, so that reading meets locks too.
    const [one, two] = [new Libsql(file), new Libsql(file)];
    const db = new Kysely<Tables>({ dialect: new EmbeddedDialect(two) });
    const statements = [sql`select n from numbers`, sql`insert into numbers (n) values (2)`];
    for (const statement of statements) await statement.execute(db);
    one.exec('begin exclusive');
    for (const statement of statements)
      await expect(statement.execute(db)).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    one.exec('commit');
    for (let round = 0; round < 2; round += 1) {
      await db.transaction().execute((trx) => sql`delete from numbers where n > 5`.execute(trx));
      for (const statement of statements) await statement.execute(db);
    }
    expect((await sql`select count(*) as n from numbers`.execute(db)).rows).toEqual([{ n: 4 }]);
    await db.destroy();
    one.close();
  });

  it('goes on reading while a write waits for the lock of another, and shows nothing that is not committed', async () => {
    const [mine] = opened;
    if (!mine) throw new Error('not open');
    const other = new Libsql(sqliteFile(url) ?? '');
    other.exec('begin immediate');
    const done: string[] = [];
    const writing = add(mine, 2).then(() => done.push('statement'));
    const working = mine
      .transaction((trx) => sql`insert into numbers (n) values (3)`.execute(trx))
      .then(() => done.push('transaction'));
    await sleep(60);
    expect(await read(mine)).toEqual([1]);
    expect(done).toEqual([]);
    other.exec('commit');
    await Promise.all([writing, working]);
    expect(await read(mine)).toEqual([1, 2, 3]);

    let seen: Promise<number[]> = Promise.resolve([]);
    await mine.transaction(async (trx) => {
      await sql`insert into numbers (n) values (4)`.execute(trx);
      seen = read(mine);
      await sleep(5);
      await sql`delete from numbers where n = 4`.execute(trx);
    });
    expect(await seen).toEqual([1, 2, 3]);
    other.close();
  });

  it('rewrites the file beside other work: reading and the event loop go on, writers wait, and callers share a run', async () => {
    const [database] = opened;
    if (!database) throw new Error('not open');
    await sql`create table bulk as with recursive c (n) as (select 1 union all select n + 1 from c where n < 40000)
      select n, randomblob(600) as filler from c`.execute(database.db);
    const pages = async () =>
      (await sql<{ n: number }>`select page_count as n from pragma_page_count`.execute(database.db)).rows[0]?.n ?? 0;
    const before = await pages();
    await sql`delete from bulk where n % 2 = 0`.execute(database.db);
    let erased = 0;
    const erasing = Array.from({ length: 5 }, () => database.eraseTraces().then(() => (erased += 1)));
    const writing = sleep(5).then(() => add(database, 2));
    let reads = 0;
    for (; erased === 0; reads += 1) {
      expect(await read(database)).toContain(1);
      await sleep(1);
    }
    expect(reads).toBeGreaterThan(5);
    await Promise.all([...erasing, writing]);
    expect(erased).toBe(5);
    expect(await pages()).toBeLessThan(0.6 * before);
    expect(await read(database)).toEqual([1, 2]);
  });

  it('leaves one file when it is closed, and what others have open where they do', async () => {
    const other = await open();
    await add(other, 2);
    await opened[0]?.close();
    expect(await read(other)).toEqual([1, 2]);
    await drop();

    ({ url, drop } = await SQLITE.open());
    const alone = await openDatabase(url);
    await sql`create table numbers (n integer)`.execute(alone.db);
    for (let n = 0; n < 300; n += 1) await add(alone, n);
    await alone.close();
    expect(readdirSync(dirname(sqliteFile(url) ?? ''))).toEqual(['test.db']);
    expect(await read(await open())).toHaveLength(300);
  });
});

describe('shared runs', () => {
  it('give each caller a run that began after the call, and never two at a time', async () => {
    let [running, runs] = [0, 0];
    const run = sharedRuns(async () => {
      expect((running += 1)).toBe(1);
      runs += 1;
      await sleep(1);
      running -= 1;
      if (runs === 2) throw new Error('the second');
    });
    const first = run();
    await Promise.resolve();
    const rest = [run(), run(), run()];
    await first;
    expect((await Promise.allSettled(rest)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(runs).toBe(2);
    await run();
    expect(runs).toBe(3);
  });
});
