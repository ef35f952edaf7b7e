import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { type Database } from '../../src/database/open.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { normalisePerson } from '../../src/datasources/people/fields.js';
import { noteNameChange } from '../../src/datasources/people/name-changes.js';
import { Needle } from '../../src/datasources/people/name-blocks.js';
import { Names } from '../../src/datasources/people/names.js';
import { sealPerson } from '../../src/datasources/people/rows.js';
import { ENGINES } from '../engines.js';
import { type Directory, invented, newDirectory } from './directory.js';

describe.each(ENGINES)('names in memory over $name', (engine) => {
  let directory: Directory;
  beforeEach(async () => {
    directory = await newDirectory(engine);
  });
  /** Ends what a failed test left open: closing would wait for it. */
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await directory.drop();
  });

  const find = async (names: Names, text: string) => (await names.current()).find(new Needle(text), undefined, 100);

  /** Registers within a transaction that stays open until it is told to commit. */
  async function registerSlowly(database: Database, name: string): Promise<{ commit: () => Promise<void> }> {
    let end: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (end = resolve));
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const work = database.transaction(async (trx) => {
      const id = newId();
      const row = { id, ...sealPerson(directory.cipher, id, normalisePerson({ name })), created_at: 1, updated_at: 1 };
      const { seq } = await trx.insertInto('people').values(row).returning('seq').executeTakeFirstOrThrow();
      await noteNameChange(trx, seq);
      written();
      await told;
    });
    await isWritten;
    const commit = () => {
      end();
      return work;
    };
    ends.push(commit);
    return { commit };
  }

  it('follow what other processes register, rename and forget', async () => {
    const { people, cipher } = directory;
    const { id } = await people.register({ name: '赵一' });
    const other = await directory.reopen();
    const names = new Names(other.database, cipher);
    expect(await find(names, '赵')).toEqual([id]);
    const added = await people.register({ name: '赵二' });
    expect(await find(names, '赵')).toEqual([id, added.id]);
    await people.update(id, { name: '钱一' });
    expect([await find(names, '赵'), await find(names, '钱')]).toEqual([[added.id], [id]]);
    await people.forget(added.id);
    // SQLite gives the next one the number of the one who was forgotten.
    const next = await people.register({ name: '孙三' });
    expect([await find(names, '赵'), await find(names, '孙')]).toEqual([[], [next.id]]);
    await people.forget(next.id);
    await people.forget(id);
    for (const name of ['赵', '钱', '孙']) expect(await find(names, name)).toEqual([]);
  });

  it('read only what changed', async () => {
    const { people, database, cipher } = directory;
    for (let number = 0; number < 20; number += 1) await people.register(invented(number));
    const names = new Names(database, cipher);
    const open = jest.spyOn(cipher, 'open');
    const opened = async () => {
      open.mockClear();
      await names.current();
      return open.mock.calls.length;
    };
    expect(await opened()).toBe(20);
    expect(await opened()).toBe(0);
    const { id } = await people.register({ name: '新' });
    expect(await opened()).toBe(1);
    await people.update(id, { email: 'new@a.example' });
    expect(await opened()).toBe(0);
    await people.update(id, { name: '更新' });
    expect(await opened()).toBe(1);
    await people.forget(id);
    expect(await opened()).toBe(0);
    open.mockRestore();
  });

  it('let searches that come together share the reading, and none see less than was there when it asked', async () => {
    const { people, database, cipher } = directory;
    for (let number = 0; number < 5; number += 1) await people.register(invented(number));
    const names = new Names(database, cipher);
    const open = jest.spyOn(cipher, 'open');
    const first = find(names, '李');
    const { id } = await people.register({ name: '李后' });
    const rest = await Promise.all(Array.from({ length: 10 }, () => find(names, '李')));
    for (const found of rest) expect(found).toContain(id);
    expect((await first).length).toBeGreaterThan(0);
    expect(open.mock.calls.length).toBeLessThanOrEqual(7);
    open.mockRestore();
  });

  it('forget a name at once when its person is erased, even while it is being read', async () => {
    const { people, database, cipher } = directory;
    const { id } = await people.register({ name: '赵一' });
    const { id: other } = await people.register({ name: '赵二' });
    const names = new Names(database, cipher);
    const index = await names.current();
    names.erase(id);
    expect(index.find(new Needle('赵'), undefined, 5)).toEqual([other]);

    const late = new Names(database, cipher);
    const executor = database.db.getExecutor();
    const execute = executor.executeQuery.bind(executor);
    const spy = jest.spyOn(executor, 'executeQuery').mockImplementation(async (query) => {
      const result = await execute(query);
      // Committed by another connection after the rows were read, and told before they arrive.
      if (query.sql.startsWith('select "people"."id"') && result.rows.length > 0) late.erase(id);
      return result;
    });
    expect(await find(late, '赵')).toEqual([other]);
    spy.mockRestore();

    const erase = jest.spyOn(Names.prototype, 'erase');
    await people.forget(other);
    expect(erase.mock.calls).toEqual([[other]]);
    erase.mockRestore();
  });

  it('begin anew where the database under them is another', async () => {
    const { people, database, cipher } = directory;
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.push((await people.register({ name: `赵${number}` })).id);
    const names = new Names(database, cipher);
    expect(await find(names, '赵')).toEqual(ids);
    // As a restored dump: rows are as they were at some time, and versions begin again.
    await sql`delete from people where id = ${ids[0] ?? ''}`.execute(database.db);
    await sql`delete from name_changes`.execute(database.db);
    if (engine.name === 'postgres') {
      Object.assign(names, { horizon: Number.MAX_SAFE_INTEGER });
    }
    expect(await find(names, '赵')).toEqual(ids.slice(1));
    await sql`insert into name_changes (person_seq, version) values (99, 9000000000000)`.execute(database.db);
    await createPeople(database, cipher);
    const { rows } = await sql`select version from name_changes where person_seq = 99`.execute(database.db);
    expect(rows).toEqual([{ version: engine.name === 'postgres' ? 0 : 9_000_000_000_000 }]);
  });

  if (engine.name === 'postgres') {
    it('miss nobody whose transaction commits after later ones', async () => {
      const { people, cipher, database } = directory;
      const one = await registerSlowly((await directory.reopen()).database, '慢一');
      const names = new Names(database, cipher);
      const fast = await people.register({ name: '快二' });
      expect(await find(names, '快')).toEqual([fast.id]);
      const two = await registerSlowly((await directory.reopen()).database, '慢三');
      expect(await find(names, '慢')).toEqual([]);
      await two.commit();
      const last = await people.register({ name: '快四' });
      expect(await find(names, '慢')).toHaveLength(1);
      // What is read again because the first is still open is not opened again.
      const open = jest.spyOn(cipher, 'open');
      expect(await find(names, '快')).toEqual([fast.id, last.id]);
      expect(open.mock.calls.length).toBe(0);
      open.mockRestore();
      await one.commit();
      expect(await find(names, '慢')).toHaveLength(2);
    });
  }
});
