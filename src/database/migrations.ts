import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator, type RawBuilder, sql } from 'kysely';
import { asDatabaseError, DatabaseError } from './errors.js';
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

type Migrated = Pick<Database, 'db' | 'engine' | 'where'>;

/**
 * What a version cannot live without when a migration has been applied stands in the migration's name, since the names
 * are all that an older version sees of it: `0009-drop-old-column.needs-0007` is safe for whoever knows 0007. A name
 * without it is safe for every version since the last one that has it (docs/upgrading.md).
 */
const NEEDS = /\.needs-(\d{4})$/;

async function migratorOf(database: Migrated, ofStores: Migrations): Promise<{ migrator: Migrator; newer: string[] }> {
  const { db, engine } = database;
  const all: Migrations = { ...ofStores, '0003-readiness': readiness };
  const migrations = Object.fromEntries(Object.entries(all).map(([name, make]) => [name, make(COLUMN_TYPES[engine])]));
  const newer = await newerMigrations(database, Object.keys(all));
  // The migrator takes a name that it does not know for a damaged history.
  for (const name of newer) migrations[name] = { up: () => Promise.resolve() };
  return { newer, migrator: new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } }) };
}

/**
 * While two versions run side by side, the older one may start on tables that the newer one has brought further.
 * @throws DatabaseError where they were brought too far for this version
 */
async function newerMigrations({ db, where }: Migrated, known: readonly string[]): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  const last = [...known].sort().at(-1) ?? '';
  const newer = rows.map(({ name }) => name).filter((name) => name > last);
  for (const name of newer) {
    const needed = NEEDS.exec(name)?.[1];
    if (needed !== undefined && !known.some((one) => one.startsWith(needed)))
      throw new DatabaseError(
        'newer',
        `the database ${where} was changed by a newer version (${name}) beside which this one cannot run`,
      );
  }
  return newer.sort();
}

/**
 * Brings the tables up to date: the stores' migrations and this layer's own, in the order of their names. Several
 * processes may do so at once: the first does the work, the others wait for it. Throws DatabaseError.
 */
export async function migrate(database: Database, ofStores: Migrations): Promise<void> {
  const { migrator } = await migratorOf(database, ofStores);
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw asDatabaseError(error, database.where);
}

/** The names of the migrations that `migrate` would apply, and of those that a newer version has applied. Reads only. */
export async function migrationState(
  database: Migrated,
  ofStores: Migrations,
): Promise<{ due: string[]; newer: string[] }> {
  const { migrator, newer } = await migratorOf(database, ofStores);
  const migrations = await migrator.getMigrations();
  return { due: migrations.filter(({ executedAt }) => !executedAt).map(({ name }) => name), newer };
}
