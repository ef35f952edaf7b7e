import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runBackup } from '../../src/app/backup.js';
import { openStorage } from '../../src/app/storage.js';
import { backupDatabase } from '../../src/database/backup.js';
import { createCipher } from '../../src/database/cipher.js';
import { loadOrCreateDataKey } from '../../src/database/data-key.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { SQLITE } from '../engines.js';

let url = '';
let drop: () => Promise<void>;
let folder = '';
beforeEach(async () => {
  ({ url, drop } = await SQLITE.open());
  folder = mkdtempSync(join(tmpdir(), 'kaquan-backup-'));
});
afterEach(async () => {
  await drop();
  rmSync(folder, { recursive: true });
});

const NAMES = Array.from({ length: 60 }, (_, number) => `人${number}`);

it('copies a database that is written meanwhile, for its owner alone, without the key', async () => {
  const key = loadOrCreateDataKey(sqliteFile(url) ?? '');
  const database = await openStorage(url);
  const people = await createPeople(database, createCipher(key));
  await people.register({ name: '先' });
  const to = join(folder, 'copy.db');
  const printed: string[] = [];
  const writing = Promise.all(NAMES.map((name) => people.register({ name })));
  await runBackup({ SANDBOX: 'true', DATABASE_URL: url }, to, (line) => printed.push(line));
  await writing;
  expect(printed[0]).toBe(`The database as it is now: ${to}`);
  expect(printed[1]).toContain('is not in it');
  expect(readdirSync(folder)).toEqual(['copy.db']);
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(readFileSync(to).includes(key)).toBe(false);
  await database.close();

  const restored = await openStorage(`file:${to}`);
  const count = await (await createPeople(restored, createCipher(key))).count();
  expect(count).toBeGreaterThanOrEqual(1);
  expect(count).toBeLessThanOrEqual(61);
  await restored.close();
});

it('is restored by putting the copy in place of the file, also after the key was changed', async () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const before = await openStorage(url);
  const { id } = await (
    await createPeople(before, createCipher(first))
  ).register({ name: '甲', mobile: '13700000001' });
  await before.close();
  const copy = await backupDatabase(url, join(folder, 'copy.db'));

  const rotated = await openStorage(url);
  const people = await createPeople(rotated, createCipher(second, first));
  await people.forget(id);
  expect(await people.count()).toBe(0);
  await rotated.close();

  // Moved away, not written over: what still has the old file open keeps its own.
  const file = sqliteFile(url) ?? '';
  renameSync(file, `${file}.old`);
  copyFileSync(copy, file);
  const alone = await openStorage(url);
  await expect(createPeople(alone, createCipher(second))).rejects.toMatchObject({ kind: 'key' });
  await alone.close();
  const restored = await openStorage(url);
  const again = await createPeople(restored, createCipher(second, first));
  expect(await again.findByAccount('mobile', '13700000001')).toMatchObject({ id, name: '甲' });
  await restored.close();
  // Sealed anew by that start: the old key may go.
  const later = await openStorage(url);
  expect((await (await createPeople(later, createCipher(second))).page({ first: 1 })).people).toMatchObject([{ id }]);
  await later.close();
});

it('never overwrites, leaves nothing behind where it fails, and sends PostgreSQL to its own tool', async () => {
  await (await openStorage(url)).close();
  const taken = join(folder, 'taken.db');
  writeFileSync(taken, 'somebody’s');
  await expect(backupDatabase(url, taken)).rejects.toThrow('is there already');
  expect(readFileSync(taken, 'utf8')).toBe('somebody’s');
  await expect(backupDatabase(url, join(folder, 'nowhere', 'x.db'))).rejects.toThrow('cannot be made');
  await expect(backupDatabase('postgres://127.0.0.1/x', join(folder, 'x.db'))).rejects.toThrow('pg_dump');
  await expect(backupDatabase(`file:${join(folder, 'none.db')}`, join(folder, 'x.db'))).rejects.toThrow('there is no');
  const file = join(folder, 'broken', 'data.db');
  mkdirSync(dirname(file));
  writeFileSync(file, randomBytes(8192));
  await expect(backupDatabase(`file:${file}`, join(folder, 'x.db'))).rejects.toMatchObject({ kind: 'corrupt' });
  expect(readdirSync(folder).sort()).toEqual(['broken', 'taken.db']);
});
