import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { inspectStorage, openStorage } from '../../src/app/storage.js';
import { createCipher } from '../../src/database/cipher.js';
import { type Database } from '../../src/database/open.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { ENGINES } from '../engines.js';

const postgres = ENGINES.find(({ name }) => name === 'postgres');
const toolsAreHere = ['pg_dump', 'pg_restore'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!toolsAreHere) console.warn('skipped: there is no pg_dump and pg_restore, so that no dump is restored.');

const run = (tool: string, args: string[]) => {
  const { status, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  expect([tool, status, stderr]).toEqual([tool, 0, '']);
};

/** How many rows each table has, the list of migrations included. */
async function countRows({ db }: Database): Promise<Record<string, number>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(db);
    counts[name] = Number(rows[0]?.count);
  }
  return counts;
}

(postgres && toolsAreHere ? it : it.skip)(
  'a dump of PostgreSQL is restored as it was, also after the key was changed',
  async () => {
    const [from, to] = [await postgres?.open(), await postgres?.open()];
    if (!from || !to) throw new Error('PostgreSQL is here');
    const folder = mkdtempSync(join(tmpdir(), 'kaquan-dump-'));
    const [first, second] = [randomBytes(32), randomBytes(32)];
    try {
      const before = await openStorage(from.url);
      const people = await createPeople(before, createCipher(first));
      for (let number = 0; number < 50; number += 1)
        await people.register({ name: `人${number}`, mobile: `137000000${String(number).padStart(2, '0')}` });
      await before.ping();
      const counts = await countRows(before);
      await before.close();

      const file = join(folder, 'dump');
      run('pg_dump', ['--format=custom', '--no-owner', `--file=${file}`, from.url]);
      run('pg_restore', ['--no-owner', '--exit-on-error', '--single-transaction', `--dbname=${to.url}`, file]);

      expect(await inspectStorage(to.url)).toMatchObject({ due: [], newer: [], keyIds: [createCipher(first).keyId] });
      const restored = await openStorage(to.url);
      expect(counts).toMatchObject({ people: 50, kysely_migration: 6 });
      expect(await countRows(restored)).toEqual(counts);
      const again = await createPeople(restored, createCipher(second, first));
      expect(await again.findByAccount('mobile', '13700000007')).toMatchObject({ name: '人7' });
      await again.register({ name: '新' });
      await restored.close();
      expect((await inspectStorage(to.url)).keyIds).toEqual([createCipher(second).keyId]);
    } finally {
      rmSync(folder, { recursive: true });
      await from.drop();
      await to.drop();
    }
  },
);
