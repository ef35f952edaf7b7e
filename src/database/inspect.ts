import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { asDatabaseError, DatabaseError } from './errors.js';
import { storedKeyIds } from './key-ids.js';
import { type Migrations, migrationState } from './migrations.js';
import { openExistingSqlite, sqliteFile } from './sqlite.js';
import { type Tables } from './tables.js';

export interface Inspection {
  /** How messages name it. */
  where: string;
  /** False where the file is still to be made; its folder, or the nearest that is there, can be written. */
  exists: boolean;
  /** Names of the migrations that the next start will apply; none where it makes the file anyway. */
  due: string[];
  /** Names of the migrations that a newer version applied, beside which this one can run. */
  newer: string[];
  /** What one write took, without the connecting. */
  writeMs: number;
  /** Ids of the keys that something in it is sealed with, see Cipher.keyIds. */
  keyIds: string[];
}

/**
 * Looks at a database without leaving anything behind: makes no file and no folder, and migrates nothing.
 * `sealedTables` are the tables with a `key_id`. Throws DatabaseError where it cannot be read and written.
 */
export async function inspectDatabase(
  url: string,
  migrations: Migrations,
  sealedTables: readonly string[],
): Promise<Inspection> {
  const file = sqliteFile(url);
  if (file !== undefined && !existsSync(file)) {
    checkCanBeMade(file);
    return { where: file, exists: false, due: [], newer: [], writeMs: 0, keyIds: [] };
  }
  const opened =
    file === undefined ? (await import('./postgres.js')).openPostgres(url) : await openExistingSqlite(file);
  const { db, where } = opened;
  try {
    const tables = (await db.introspection.getTables()).map(({ name }) => name);
    const startedAt = performance.now();
    await proveWritable(db, tables.includes('readiness'));
    const writeMs = performance.now() - startedAt;
    const engine = file === undefined ? 'postgres' : 'sqlite';
    const { due, newer } = await migrationState({ db, engine, where }, migrations);
    const keyIds: string[] = [];
    for (const table of sealedTables) if (tables.includes(table)) keyIds.push(...(await storedKeyIds(db, table)));
    return { where, exists: true, due, newer, writeMs, keyIds: [...new Set(keyIds)] };
  } catch (error) {
    throw asDatabaseError(error, where);
  } finally {
    await opened.close();
  }
}

function checkCanBeMade(file: string): void {
  let folder = dirname(file);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DatabaseError('unavailable', `the database file ${file} cannot be made: ${folder} is not writable`, {
      cause,
    });
  }
}

class Undone extends Error {}

/** By a write that is undone: permissions, read-only disks and standby servers show only then. */
async function proveWritable(db: Kysely<Tables>, isMigrated: boolean): Promise<void> {
  const written = db.transaction().execute(async (trx) => {
    if (isMigrated) await trx.updateTable('readiness').set({ checked_at: 0 }).execute();
    else await sql`create table kaquan_write_probe (id integer)`.execute(trx);
    throw new Undone();
  });
  await written.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
}
