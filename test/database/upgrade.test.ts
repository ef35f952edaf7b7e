import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Migration, sql } from 'kysely';
import { inspectStorage, openStorage } from '../../src/app/storage.js';
import { createCipher } from '../../src/database/cipher.js';
import { migrate, type Migrations } from '../../src/database/migrations.js';
import { openDatabase } from '../../src/database/open.js';
import { IDENTITY_CHECK_MIGRATIONS } from '../../src/datasources/identity-checks/migrations.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { PEOPLE_MIGRATIONS } from '../../src/datasources/people/migrations.js';
import { ENGINES } from '../engines.js';

const OURS: Migrations = { ...PEOPLE_MIGRATIONS, ...IDENTITY_CHECK_MIGRATIONS };

/** As a later version might widen what is there. */
const widened = (): Migration => ({
  up: async (db) => {
    await db.schema.alterTable('people').addColumn('of_later', 'text').execute();
    await db.schema.createTable('later').addColumn('id', 'integer').execute();
  },
});
const nothing = (): Migration => ({ up: () => Promise.resolve() });

/** The names of all migrations, in their order: the version of the schema. */
const NAMES = [
  '0001-people',
  '0002-identity-checks',
  '0003-readiness',
  '0004-people-search',
  '0005-once-tokens',
  '0006-check-traces',
];

describe.each(ENGINES)('an upgrade on $name', (engine) => {
  let url = '';
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ url, drop } = await engine.open());
  });
  afterEach(() => drop());

  const laterVersion = async (later: Migrations) => {
    const database = await openDatabase(url);
    await migrate(database, { ...OURS, ...later });
    await database.close();
  };

  it('leaves what this version started on, and lets it start again and write while both run', async () => {
    const cipher = createCipher(randomBytes(32));
    const running = await openStorage(url);
    const people = await createPeople(running, cipher);
    const { id } = await people.register({ name: '甲' });
    await laterVersion({ '9001-widened': widened, '9002-narrowed.needs-0006': nothing });

    await people.register({ name: '乙' });
    expect(await inspectStorage(url)).toMatchObject({ due: [], newer: ['9001-widened', '9002-narrowed.needs-0006'] });
    const again = await openStorage(url);
    const others = await createPeople(again, cipher);
    await others.register({ name: '丙' });
    expect((await others.page({ first: 9 })).people.map(({ name }) => name)).toEqual(['甲', '乙', '丙']);
    expect(await people.update(id, { name: '丁' })).toMatchObject({ id, name: '丁' });
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(again.db);
    expect(rows.map(({ name }) => name)).toEqual([...NAMES, '9001-widened', '9002-narrowed.needs-0006']);
    await again.close();
    await running.close();
  });

  it('is refused to a version that cannot live with it, which says so and changes nothing', async () => {
    await (await openStorage(url)).close();
    await laterVersion({ '9003-narrowed.needs-9001': nothing, '9001-widened': widened });
    const refusal = { kind: 'newer', message: expect.stringContaining('9003-narrowed.needs-9001') };
    await expect(openStorage(url)).rejects.toMatchObject(refusal);
    await expect(inspectStorage(url)).rejects.toMatchObject(refusal);
  });
});

it('has migrations whose names follow the rule, each need naming an earlier one', () => {
  const names = [...Object.keys(OURS), '0003-readiness'].sort();
  expect(names).toEqual(NAMES);
  for (const [place, name] of names.entries()) {
    expect(name).toMatch(/^\d{4}-[a-z-]+(\.needs-\d{4})?$/);
    expect(Number(name.slice(0, 4))).toBe(place + 1);
    const needed = /needs-(\d{4})$/.exec(name)?.[1];
    if (needed !== undefined) expect(Number(needed)).toBeLessThan(place + 1);
  }
});
