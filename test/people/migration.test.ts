import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openStorage } from '../../src/app/storage.js';
import { createCipher } from '../../src/database/cipher.js';
import { migrate } from '../../src/database/migrations.js';
import { type Database, openDatabase } from '../../src/database/open.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { IDENTITY_CHECK_MIGRATIONS } from '../../src/datasources/identity-checks/migrations.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { PEOPLE_MIGRATIONS } from '../../src/datasources/people/migrations.js';
import { ENGINES } from '../engines.js';

const PEOPLE = 450;
const idOf = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;

describe.each(ENGINES)('a directory on $name from before names were searched in memory', (engine) => {
  const key = randomBytes(32);
  let url = '';
  let drop: () => Promise<void>;
  const opened: Database[] = [];
  const open = async () => {
    const database = await openStorage(url);
    opened.push(database);
    return database;
  };

  beforeEach(async () => {
    ({ url, drop } = await engine.open());
    const database = await openDatabase(url);
    const older = Object.entries({ ...PEOPLE_MIGRATIONS, ...IDENTITY_CHECK_MIGRATIONS }).filter(
      ([name]) => name < '0004',
    );
    await migrate(database, Object.fromEntries(older));
    const cipher = createCipher(key);
    await database.transaction(async (trx) => {
      for (let number = 1; number <= PEOPLE; number += 1) {
        const data = { name: `旧人${number}`, mobile: number % 2 ? `1370000${String(number).padStart(4, '0')}` : null };
        const sealed = cipher.seal(JSON.stringify(data), idOf(number));
        await sql`insert into people (id, key_id, sealed, created_at, updated_at)
          values (${idOf(number)}, ${cipher.keyId}, ${sealed}, 1, 1)`.execute(trx);
        await sql`insert into person_grams (gram, person_seq)
          select ${0x5a5a_5a00 + (number % 200)}, max(seq) from people`.execute(trx);
      }
    });
    await database.close();
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await drop();
  });

  it('is brought up by processes that start together, and by a second start where the first was interrupted', async () => {
    const one = await open();
    // As if it had been stopped after some batches.
    const cipher = createCipher(key);
    const early = await createPeople(one, cipher);
    await one.db.updateTable('people').set({ mobile_tail: null }).where('seq', '>', 100).execute();
    await sql`delete from person_accounts where person_seq > 100`.execute(one.db);
    const all = await Promise.all([
      createPeople(one, cipher),
      createPeople(await open(), cipher),
      createPeople(await open(), cipher),
    ]);
    const due = await one.db.selectFrom('people').select('id').where('mobile_tail', 'is', null).execute();
    expect(due).toEqual([]);
    for (const people of [early, ...all]) {
      expect(await people.page({ first: 5, search: '旧人399', countTotal: true })).toMatchObject({
        people: [{ id: idOf(399), email: null }],
        totalCount: 1,
      });
      expect((await people.page({ first: 5, search: '0399' })).people).toMatchObject([{ id: idOf(399) }]);
      expect(await people.findByAccount('mobile', '13700000399')).toMatchObject({ id: idOf(399) });
      expect(await people.count()).toBe(PEOPLE);
    }
    const tables = (await one.db.introspection.getTables()).map(({ name }) => name);
    expect(tables).toContain('people');
    expect(tables).not.toContain('person_grams');
    if (engine.name === 'sqlite') {
      const file = sqliteFile(url) ?? '';
      const bytes = Buffer.concat([file, `${file}-wal`].map((path) => readFileSync(path)));
      expect(bytes.includes(Buffer.from([0x5a, 0x5a, 0x5a]))).toBe(false);
    }
  });
});
