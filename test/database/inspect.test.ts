import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { inspectStorage, openStorage } from '../../src/app/storage.js';
import { createCipher } from '../../src/database/cipher.js';
import { openDatabase } from '../../src/database/open.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { ENGINES, SQLITE } from '../engines.js';

describe.each(ENGINES)('a look at a database on $name', (engine) => {
  let url = '';
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ url, drop } = await engine.open());
  });
  afterEach(() => drop());

  it('tells what is due and which key it is sealed with, and changes nothing', async () => {
    await (await openDatabase(url)).close();
    const due = ['0001-people', '0002-identity-checks', '0003-readiness', '0004-people-search'];
    expect(await inspectStorage(url)).toMatchObject({ exists: true, due: expect.arrayContaining(due), keyIds: [] });
    const database = await openDatabase(url);
    expect(await database.db.introspection.getTables()).toEqual([]);
    await database.close();

    const migrated = await openStorage(url);
    const [one, two] = [createCipher(randomBytes(32)), createCipher(randomBytes(32))];
    const people = await createPeople(migrated, one);
    for (const name of ['甲', '乙']) await people.register({ name });
    await migrated.ping();
    const readiness = migrated.db.selectFrom('readiness').selectAll();
    const before = await readiness.execute();
    expect(await inspectStorage(url)).toMatchObject({ exists: true, due: [], keyIds: [one.keyId] });
    expect(await readiness.execute()).toEqual(before);
    await sql`update people set key_id = ${two.keyId} where id = (select max(id) from people)`.execute(migrated.db);
    expect((await inspectStorage(url)).keyIds).toEqual([one.keyId, two.keyId].sort());
    await migrated.close();
  });

  it('says that it cannot be written', async () => {
    const database = await openStorage(url);
    if (engine.name === 'postgres')
      await sql`do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`.execute(
        database.db,
      );
    else
      await sql`create trigger no_more before update on readiness begin select raise(abort, 'no'); end`.execute(
        database.db,
      );
    await database.ping();
    await database.close();
    await expect(inspectStorage(url)).rejects.toMatchObject({ name: 'DatabaseError' });
  });
});

describe('a look at the embedded file', () => {
  it('makes neither file nor folder nor key where there is none, and says where none can be made', async () => {
    const { url, drop } = await SQLITE.open();
    const file = sqliteFile(url) ?? '';
    expect(await inspectStorage(url)).toEqual({
      where: file,
      exists: false,
      due: [],
      newer: [],
      writeMs: 0,
      keyIds: [],
    });
    expect(existsSync(dirname(file))).toBe(false);
    await expect(inspectStorage('file:/dev/null/folder/x.db')).rejects.toMatchObject({ kind: 'unavailable' });
    await drop();
  });

  it('leaves the bytes of a stopped database as they were, and nothing beside them', async () => {
    const { url, drop } = await SQLITE.open();
    const file = sqliteFile(url) ?? '';
    await (await openStorage(url)).close();
    const before = readFileSync(file);
    expect((await inspectStorage(url)).due).toEqual([]);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dirname(file))).toEqual(['test.db']);
    await drop();
  });
});
