import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sql } from 'kysely';
import { asDatabaseError, DatabaseError } from './errors.js';
import { openExistingSqlite, sqliteFile } from './sqlite.js';

/**
 * Copies the embedded database of `url` to the new file `to` as it is at one moment, while others read and write it, and
 * reads the copy through before it gets its name. Only its owner may read it, and the data key is not in it. Gives the
 * copy's absolute path. Throws DatabaseError, and leaves nothing behind then.
 */
export async function backupDatabase(url: string, to: string): Promise<string> {
  const file = sqliteFile(url);
  if (file === undefined)
    throw new DatabaseError('unavailable', "DATABASE_URL is PostgreSQL's: back it up with pg_dump (docs/storage.md)");
  if (!existsSync(file)) throw new DatabaseError('unavailable', `there is no database file ${file}`);
  const target = resolve(to);
  if (existsSync(target)) throw new DatabaseError('unavailable', `${target} is there already: name a new file`);
  const draft = `${target}.part`;
  try {
    // VACUUM INTO would make the file readable by others; into an empty one it writes as well.
    closeSync(openSync(draft, 'wx', 0o600));
  } catch (cause) {
    throw new DatabaseError('unavailable', `${draft} cannot be made: its folder must be there and writable`, { cause });
  }
  try {
    await copy(file, draft);
    await readThrough(draft);
    sync(draft);
    renameSync(draft, target);
    sync(dirname(target));
    return target;
  } catch (error) {
    throw asDatabaseError(error, draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

async function copy(file: string, to: string): Promise<void> {
  const { db, close } = await openExistingSqlite(file);
  try {
    await sql`vacuum into ${to}`.execute(db);
  } finally {
    await close();
  }
}

/** A copy that cannot be read is found out today, and not on the day it is needed. */
async function readThrough(file: string): Promise<void> {
  const { db, close } = await openExistingSqlite(file);
  try {
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(db);
    if (rows[0]?.integrity_check !== 'ok') throw new DatabaseError('corrupt', `the copy ${file} is damaged`);
  } finally {
    await close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
