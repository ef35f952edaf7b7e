import { inspectDatabase, type Inspection } from '../database/inspect.js';
import { type Migrations, migrate } from '../database/migrations.js';
import { type Database, openDatabase } from '../database/open.js';
import { IDENTITY_CHECK_MIGRATIONS } from '../datasources/identity-checks/migrations.js';
import { PEOPLE_MIGRATIONS } from '../datasources/people/migrations.js';

/** All that this program stores, whichever part of the graph a process serves: one database is shared by all parts. */
const MIGRATIONS: Migrations = { ...PEOPLE_MIGRATIONS, ...IDENTITY_CHECK_MIGRATIONS };

/** Those whose rows name the key that sealed them. */
const SEALED_TABLES = ['people', 'identity_checks'];

/** Looks without touching, see inspectDatabase. Throws DatabaseError. */
export function inspectStorage(url: string): Promise<Inspection> {
  return inspectDatabase(url, MIGRATIONS, SEALED_TABLES);
}

/**
 * The database of `url` with its tables up to date; made where it is missing. Where a request's time is given, statements
 * have limits by it, which a migration has not. Throws DatabaseError.
 */
export async function openStorage(url: string, requestTimeoutMs?: number): Promise<Database> {
  const database = await openDatabase(url);
  try {
    await migrate(database, MIGRATIONS);
  } catch (error) {
    await database.close();
    throw error;
  }
  if (database.engine === 'sqlite' || requestTimeoutMs === undefined) return database;
  await database.close();
  return openDatabase(url, requestTimeoutMs);
}
