import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { ENGINES, SQLITE } from '../engines.js';
import { runChild } from '../child.js';
import { type Directory, invented, newDirectory } from './directory.js';

describe.each(ENGINES)('on $name', (engine) => {
  let directory: Directory;
  afterEach(() => directory.drop());

  it('a process killed while writing has lost nothing it acknowledged and left nothing half done', async () => {
    const key = randomBytes(32);
    directory = await newDirectory(engine, key);
    const { database, people, url } = directory;
    const child = runChild('people/register-child.ts', [url, key.toString('base64')]);
    while (child.lines.length < 6) await sleep(5);
    await sleep(Math.random() * 300);
    child.kill();
    expect(await child.ended).toBe('');

    const acknowledged = child.lines;
    expect(acknowledged.length).toBeGreaterThan(5);
    const { person } = people.loaders();
    const found = await Promise.all(acknowledged.map(person));
    expect(found.map((each) => each?.id)).toEqual(acknowledged);

    const rows = await database.db.selectFrom('people').select(['seq', 'id']).execute();
    // The last one may have been written without its acknowledgement having gone out.
    expect([0, 1]).toContain(rows.length - acknowledged.length);
    for (const { seq, id } of rows) {
      const data = await person(id);
      const accounts = database.db.selectFrom('person_accounts').select('kind').where('person_seq', '=', seq);
      expect(await accounts.execute()).toHaveLength(6);
      if (!data) throw new Error(`no person ${id}`);
      expect((await people.page({ first: 9, search: data.name })).people.map((each) => each.id)).toContain(id);
    }
    const orphans = database.db.selectFrom('person_accounts').where(
      'person_seq',
      'not in',
      rows.map(({ seq }) => seq),
    );
    expect(await orphans.select('hash').execute()).toEqual([]);
  });
});

describe('on a full disk', () => {
  let directory: Directory;
  afterEach(() => directory.drop());

  it('registering fails clearly, and everyone acknowledged before is there', async () => {
    directory = await newDirectory(SQLITE);
    const { people, database } = directory;
    await people.register(invented(0));
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.db);
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 20}`).execute(database.db);
    const ids: string[] = [];
    const fill = async () => {
      for (let number = 1; number < 1_000; number += 1) ids.push((await people.register(invented(number))).id);
    };
    await expect(fill()).rejects.toMatchObject({ name: 'DatabaseError', kind: 'full' });
    expect(ids.length).toBeGreaterThan(3);
    expect(await Promise.all(ids.map((id) => people.loaders().person(id)))).not.toContain(null);
    expect(await people.count()).toBe(ids.length + 1);
    await sql`pragma max_page_count = 100000`.execute(database.db);
    await people.register(invented(ids.length + 1));
  });
});

// A loop, since describe.each refuses an empty list, which it is where PostgreSQL does not answer.
for (const engine of ENGINES.filter(({ name }) => name === 'postgres')) {
  describe('when the database server goes away', () => {
    let directory: Directory;
    afterEach(() => directory.drop());

    it('work fails clearly, and goes on once it is back', async () => {
      directory = await newDirectory(engine);
      const { people, database } = directory;
      const { id } = await people.register(invented(1));
      const { database: admin } = await directory.reopen();
      const killOthers = () =>
        sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(admin.db);
      const interrupted = database.transaction(async (trx) => {
        await trx.updateTable('people').set({ updated_at: 1 }).execute();
        await killOthers();
        await trx.updateTable('people').set({ updated_at: 2 }).execute();
      });
      await expect(interrupted).rejects.toMatchObject({ name: 'DatabaseError', kind: 'unavailable' });
      await database.ping();
      expect((await people.loaders().person(id))?.updatedAt.getTime()).toBeGreaterThan(2);
    });
  });
}
