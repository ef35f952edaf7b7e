import { type Migration, Migrator, type RawBuilder, sql } from 'kysely';
import { asDatabaseError } from './errors.js';
import { type Database, type Engine } from './open.js';
import { readiness } from './readiness.js';

/** The few column types that the engines write differently. */
export interface ColumnTypes {
  /** Primary key that counts up by itself. */
  sequence: RawBuilder<unknown>;
  /** Text that is compared byte by byte, whatever the database's locale. */
  id: RawBuilder<unknown>;
  bytes: RawBuilder<unknown>;
  /** Ends a table whose primary key is all it has. */
  keyOnlyTable: RawBuilder<unknown>;
}

/** By name; each store keeps its own. What has been released is never edited: add the next one. */
export type Migrations = Record<string, (types: ColumnTypes) => Migration>;

const COLUMN_TYPES: Record<Engine, ColumnTypes> = {
  sqlite: {
    sequence: sql`integer primary key`,
    id: sql`text`,
    bytes: sql`blob`,
    keyOnlyTable: sql`without rowid`,
  },
  postgres: {
    sequence: sql`bigint generated always as identity primary key`,
    id: sql`text collate "C"`,
    bytes: sql`bytea`,
    keyOnlyTable: sql``,
  },
};

function migratorOf({ db, engine }: Pick<Database, 'db' | 'engine'>, ofStores: Migrations): Migrator {
  const all: Migrations = { ...ofStores, '0003-readiness': readiness };
  const migrations = Object.fromEntries(Object.entries(all).map(([name, make]) => [name, make(COLUMN_TYPES[engine])]));
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
}

/**
 * Brings the tables up to date: the stores' migrations and this layer's own, in the order of their names. Several
 * processes may do so at once: the first does the work, the others wait for it. Throws DatabaseError.
 */
export async function migrate(database: Database, ofStores: Migrations): Promise<void> {
  const { error } = await migratorOf(database, ofStores).migrateToLatest();
  if (error !== undefined) throw asDatabaseError(error, database.where);
}

/** The names of the migrations that `migrate` would apply. Reads only. */
export async function dueMigrations(
  database: Pick<Database, 'db' | 'engine'>,
  ofStores: Migrations,
): Promise<string[]> {
  const migrations = await migratorOf(database, ofStores).getMigrations();
  return migrations.filter(({ executedAt }) => !executedAt).map(({ name }) => name);
}
